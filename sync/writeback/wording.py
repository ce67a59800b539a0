"""The comment on an item: short, a question with its evidence, how to clear it and how to set it aside.

Two lines a finding. About the item, never the person. Nothing in it changes while the findings stay the same: no
round, no age, no place in an order that moves when neighbours move.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.tracker import COMMAND
from rules.model import Decision, Finding
from sync.store.records import CommentContent

NAME = "Backlog Steward"
_VERSION = 1
"""Raised when the wording changes so much that standing comments should be written anew."""


def asking(
    findings: Sequence[Finding],
    *,
    hidden: Sequence[Finding],
    score: str,
    decided: Sequence[Decision],
    rule_pages: str | None,
) -> CommentContent:
    """The comment about findings of one item.

    Args:
        findings: Those that are shown, the most important first.
        hidden: Those that are only counted; an answer to the comment is about them as well.
        score: One line about the item's score; empty for none.
        decided: Answers that hold for other findings of this item.
        rule_pages: Where the pages of the rules are, if anywhere.
    """
    count = len(findings)
    parts: list[Paragraph | Bullets] = [
        _line(
            Span(NAME, Style.STRONG),
            Span(f" has {'a question' if count == 1 else f'{count} questions'} about this item."),
        ),
        Bullets(tuple(_entry(finding, rule_pages) for finding in findings)),
    ]
    if hidden:
        parts.append(_line(Span(f"{len(hidden)} more in the report.")))
    if score:
        parts.append(_line(Span(score)))
    parts += [_line(Span(_set_aside(decision))) for decision in decided]
    example = findings[0].rule if count == 1 else "RULE"
    parts.append(
        _line(
            Span("Fine as it is? Reply "),
            Span(f"{COMMAND} waive {example} because …", Style.CODE),
            Span(", or just delete this comment."),
        )
    )
    basis = (
        _VERSION,
        [(finding.id, finding.evidence_hash, finding.severity) for finding in findings],
        len(hidden),
        score,
        [decision.id for decision in decided],
        rule_pages,
    )
    rules = tuple(dict.fromkeys(one.rule for one in (*findings, *hidden)))
    return CommentContent(Document(tuple(parts)), _hash(basis), rules)


def settled(decided: Sequence[Decision]) -> CommentContent:
    """The one line that a comment is left with when people wrote after it and nothing is open any more."""
    if decided:
        said = " ".join(_set_aside(decision) for decision in decided)
    else:
        said = "The question that stood here is settled."
    return CommentContent(
        Document((_line(Span(NAME, Style.STRONG), Span(f": {said}")),)),
        _hash(("settled", _VERSION, [decision.id for decision in decided])),
    )


def _entry(finding: Finding, rule_pages: str | None) -> tuple[Paragraph, ...]:
    page = f"{rule_pages}/{finding.rule}" if rule_pages else ""
    return (
        _line(Span(finding.question, Style.STRONG)),
        _line(Span(f"{finding.evidence} {finding.resolution} ("), Span(finding.rule, link=page), Span(")")),
    )


def _set_aside(decision: Decision) -> str:
    if decision.verdict.is_about_the_item:
        until = f" (looked at again on {decision.review:%Y-%m-%d})" if decision.review else ""
        said = f"Decided: {decision.verdict.replace('-', ' ')}{until}"
        instead = f" Instead: {decision.instead.rstrip('.')}." if decision.instead else ""
    else:
        until = f" until {decision.review:%Y-%m-%d}" if decision.review else ""
        said, instead = f"Set aside ({decision.rule or 'everything'}){until}", ""
    reason = f": {decision.reason.rstrip('.')}." if decision.reason else "."
    return f"{said}{reason}{instead}"


def _line(*spans: Span) -> Paragraph:
    return Paragraph(spans)


def _hash(basis: object) -> str:
    return hashlib.sha256(msgspec.json.encode(basis)).hexdigest()[:16]
