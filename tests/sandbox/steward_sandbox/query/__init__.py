"""Query languages: one grammar of conditions with two dialects, JQL and WIQL, and one syntax tree."""

from steward_sandbox.query.tree import Clause, Condition, Joined, Operand, Query

__all__ = ["Clause", "Condition", "Joined", "Operand", "Query"]
