"""The comment on an item: short questions, each with its evidence, how to clear it and how to waive it.

Two lines a finding, about the item and never the person. The text stays the same as long as the findings do: it names
no round, no age and no rank that changes when other items move.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.tracker import COMMAND, SERVICE_NAME
from rules.model import Decision, Finding
from rules.priority import Refusal, Score
from sync.messages import Messages
from sync.store.records import CommentContent

_VERSION = 2
"""Raised when the shipped texts change so much that existing comments should be rewritten."""


def build_question_comment(
    findings: Sequence[Finding],
    *,
    hidden: Sequence[Finding],
    score: Score | Refusal | None,
    decided: Sequence[Decision],
    rule_pages: str | None,
    messages: Messages,
    notices: Sequence[str] = (),
) -> CommentContent:
    """The comment about findings of one item.

    Args:
        findings: The findings to show, the most important first.
        hidden: Findings that are only counted; a reply to the comment covers them too.
        score: The item's score, or why it has none.
        decided: Decisions in force about other findings of this item.
        rule_pages: The address below which each rule has a page; None if there are no such pages.
        messages: The texts to use.
        notices: Lines about commands that were not accepted.
    """
    count = len(findings)
    parts: list[Paragraph | Bullets] = [
        _line(messages, "comment.greeting", {"name": _OURS}, count=count),
        Bullets(tuple(_entry(finding, rule_pages, messages) for finding in findings)),
    ]
    if hidden:
        parts.append(_line(messages, "comment.more", count=len(hidden)))
    if score is not None:
        parts.append(Paragraph((Span(messages.score(score)),)))
    parts += [Paragraph((Span(_set_aside(decision, messages)),)) for decision in decided]
    example = findings[0].rule if count == 1 else "RULE"
    reply = Span(f"{COMMAND} waive {example} {messages.text('comment.because')}", Style.CODE)
    parts.append(_line(messages, "comment.waive", {"command": reply}))
    parts += [Paragraph((Span(notice),)) for notice in notices]
    rules = tuple(dict.fromkeys(finding.rule for finding in (*findings, *hidden)))
    basis: tuple[object, ...] = (
        _VERSION,
        [(finding.id, finding.evidence_hash, finding.severity) for finding in findings],
        len(hidden),
        _score_basis(score),
        [decision.id for decision in decided],
        rule_pages,
        messages.fingerprint([finding.rule for finding in findings]),
    )
    if notices:
        basis += (notices,)
    return CommentContent(Document(tuple(parts)), _hash(basis), rules)


def build_settled_comment(decided: Sequence[Decision], messages: Messages) -> CommentContent:
    """The single line that replaces a comment people replied to, once none of its questions is open."""
    said = " ".join(_set_aside(decision, messages) for decision in decided) or messages.text("comment.nothing-open")
    return CommentContent(
        Document((_line(messages, "comment.settled", {"name": _OURS, "said": Span(said)}),)),
        _hash(("settled", _VERSION, [decision.id for decision in decided])),
    )


_OURS = Span(SERVICE_NAME, Style.STRONG)


def _entry(finding: Finding, rule_pages: str | None, messages: Messages) -> tuple[Paragraph, ...]:
    message = messages.finding(finding)
    rule = Span(finding.rule, link=f"{rule_pages}/{finding.rule}" if rule_pages else "")
    spans = {"evidence": Span(message.evidence), "resolution": Span(message.resolution), "rule": rule}
    return Paragraph((Span(message.question, Style.STRONG),)), _line(messages, "comment.finding", spans)


def _set_aside(decision: Decision, messages: Messages) -> str:
    key, facts = "comment.set-aside", {"rule": decision.rule or messages.text("comment.everything")}
    if decision.kind.is_about_the_item:
        key, facts = "comment.decided", {"verdict": messages.text(f"comment.verdicts.{decision.kind}")}
    if decision.review:
        key, facts["until"] = f"{key}-until", f"{decision.review:%Y-%m-%d}"
    if decision.reason:
        key, facts["reason"] = f"{key}-because", decision.reason.rstrip(".")
    said = messages.text(key, count=None, **facts)
    if decision.instead:
        said += " " + messages.text("comment.instead", what=decision.instead.rstrip("."))
    return said


def _line(
    messages: Messages, key: str, spans: Mapping[str, Span] | None = None, *, count: int | None = None
) -> Paragraph:
    """A message as a paragraph; `spans` gives some of its placeholders a style or a link."""
    styled = spans or {}
    pieces = messages.parts(key, count=count, **{name: span.text for name, span in styled.items()})
    return Paragraph(tuple(_joined(pieces, styled)))


def _joined(pieces: Sequence[tuple[str, str]], styled: Mapping[str, Span]) -> Iterator[Span]:
    """Merge neighbouring plain spans into one."""
    plain = ""
    for text, name in pieces:
        span = styled.get(name, Span(text))
        if span == Span(text):
            plain += text
            continue
        if plain:
            yield Span(plain)
        plain = ""
        yield span
    if plain:
        yield Span(plain)


def _score_basis(score: Score | Refusal | None) -> str:
    """How a score enters the basis. The hash of standing comments depends on this form, so it never changes."""
    if score is None:
        return ""
    if isinstance(score, Score):
        terms = " + ".join(f"{amount:g} {name}" for name, amount in score.inputs.items())
        return f"WSJF {score.value:g} = ({terms}) / {score.size:g} job size."
    *others, last = score.missing or ("",)
    names = f"{', '.join(others)} and {last}" if others else last
    parts = [f"{names} {'are' if others else 'is'} blank"] if score.missing else []
    parts += ["the job size has to be above 0"] if score.undivided else []
    return f"WSJF cannot be worked out: {', and '.join(parts)}."


def _hash(basis: object) -> str:
    return hashlib.sha256(msgspec.json.encode(basis)).hexdigest()[:16]
