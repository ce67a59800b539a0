"""Which parts of issues an answer holds, from what a caller asked for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.answers import Answers
from steward_sandbox.jira.model import Issue

EXPANDS = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
RELATED = ("parent", "subtasks", "issuelinks", fields.SPRINT, fields.EPIC_LINK)


class Selection:
    """The parts of issues that one answer holds.

    Args:
        answers: Shapes the parts.
        wanted: Field ids, `*all`, `*navigable`, and `-id` for what is not wanted.
        expand: Of changelog and renderedFields.
        properties: Keys of issue properties.
        agile: Whether the board's own fields come with it.
        changelog, comments: How many entries are shown at most.
    """

    def __init__(
        self,
        answers: Answers,
        wanted: Sequence[str],
        *,
        expand: Iterable[str] = (),
        properties: Sequence[str] = (),
        agile: bool = False,
        changelog: int,
        comments: int,
    ) -> None:
        self._answers = answers
        self._expand = frozenset(expand)
        self._properties = properties
        self._agile = agile
        self._changelog = changelog
        self._comments = comments
        self.names = tuple(_names(wanted, answers.world.site.fields))
        self.bare = set(wanted) <= {"id", "key"} and not (self._expand or properties or agile)
        self._only_id = set(wanted) <= {"id"} and self.bare and answers.nouns.ids_stand_alone

    def shape(self, issues: Sequence[Issue]) -> list[dict[str, Any]]:
        """The issues as the answer holds them."""
        if self._only_id:
            return [{"id": str(issue.id)} for issue in issues]
        below = self._answers.world.children([i.id for i in issues]) if "subtasks" in self.names else {}
        return [self._one(issue, below) for issue in issues]

    def _one(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        answers = self._answers
        shown: dict[str, Any] = {
            "expand": EXPANDS,
            "id": str(issue.id),
            "self": f"{answers.nouns.rest}/issue/{issue.id}",
            "key": issue.key,
        }
        if not self.bare:
            shown["fields"] = self._fields(issue, below)
        if "changelog" in self._expand:
            shown["changelog"] = answers.changelog(issue, self._changelog)
        if "renderedFields" in self._expand:
            shown["renderedFields"] = {"description": str(adf_text.to_html(issue.description))}
        if self._properties:
            found = {key: issue.properties[key] for key in self._properties if key in issue.properties}
            shown["properties"] = found
        return shown

    def _fields(self, issue: Issue, below: Mapping[int, list[Issue]]) -> dict[str, Any]:
        plain = self._answers.fields_of(issue)
        shown: dict[str, Any] = {name: plain[name] for name in self.names if name in plain}
        related = self._answers.related_fields(issue, [name for name in RELATED if name in self.names], below)
        shown |= {name: value for name, value in related.items() if name in plain or name == "parent"}
        if "comment" in self.names:
            shown["comment"] = self._answers.comment_page(issue, self._comments)
        return shown | (self._answers.agile_fields(issue) if self._agile else {})


def _names(wanted: Sequence[str], known: fields.Fields) -> list[str]:
    chosen: dict[str, None] = {}
    for word in wanted:
        if word == "*all":
            chosen |= dict.fromkeys(known.by_id)
        elif word == "*navigable":
            chosen |= dict.fromkeys(field.id for field in known if field.navigable)
        elif word.startswith("-"):
            chosen.pop(word[1:], None)
        elif word in known.by_id:
            chosen[word] = None
    return list(chosen)
