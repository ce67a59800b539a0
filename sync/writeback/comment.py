"""Builds the comment on an item: short questions, each with its evidence, and how to clear or waive them.

It opens with a question, because an email preview shows the first words, and ends with the service's name. Each
question takes two lines, which are about the item and never about a person. To waive a finding is to decide that the
item may stay as it is. The basis of a comment is a hash of the data that it is made from. A comment is rewritten only
when its basis changes, so its text must not mention what would soon be out of date: the round, the item's age or its
rank.
"""

import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from connectors.comments import COMMAND, SERVICE_NAME
from connectors.document import Bullets, Document, Paragraph, Span, Style
from rules.model import Decision, Finding
from rules.priority.wsjf import Refusal, Score
from rules.questions import CombinedQuestion, combine_questions
from sync.messages import Messages
from sync.store.records import CommentContent

_VERSION = 2
"""Part of the data of each basis. Raise it when the shipped messages change so much that existing comments have to be
rewritten."""


def build_question_comment(
    findings: Sequence[Finding],
    *,
    hidden: Sequence[Finding],
    score: Score | Refusal | None,
    decisions: Sequence[Decision],
    rule_pages_url: str | None,
    messages: Messages,
    notices: Sequence[str] = (),
) -> CommentContent:
    """Build the comment about the findings of one item.

    Args:
        findings: The findings to show, the most important first.
        hidden: Further findings. Questions that are only about these are counted, not shown. A reply to the comment
            applies to them as well.
        score: The item's score, or the reason why it cannot be calculated; None to omit it.
        decisions: Decisions that people made about the item or its other findings, and that are in force.
        rule_pages_url: The base address of the rules' pages; None if they are not published.
        notices: Lines that say why commands in people's replies or labels were rejected.
    """
    questions = combine_questions((*findings, *hidden))
    shown_ids = {finding.id for finding in findings}
    shown = [
        question for question in questions if not shown_ids.isdisjoint(finding.id for finding in question.findings)
    ]
    parts: list[Paragraph | Bullets] = [
        Bullets(tuple(_describe_question(question, rule_pages_url, messages) for question in shown))
    ]
    if len(shown) < len(questions):
        parts.append(_message_paragraph(messages, "comment.more", count=len(questions) - len(shown)))
    if score is not None:
        parts.append(Paragraph((Span(messages.score(score)),)))
    parts += [Paragraph((Span(_describe_decision(decision, messages)),)) for decision in decisions]
    example = findings[0].rule if len(findings) == len(shown[0].findings) == 1 else "RULE"
    reply_command = Span(f"{COMMAND} waive {example} {messages.text('comment.because')}", Style.CODE)
    parts.append(_message_paragraph(messages, "comment.waive", {"command": reply_command}))
    parts += [Paragraph((Span(notice),)) for notice in notices]
    parts.append(_message_paragraph(messages, "comment.greeting", {"name": _SERVICE_NAME_SPAN}, count=len(shown)))
    rules = tuple(dict.fromkeys(finding.rule for finding in (*findings, *hidden)))
    basis_data: tuple[object, ...] = (
        _VERSION,
        [(finding.id, finding.evidence_hash, finding.severity) for finding in findings],
        len(hidden),
        _score_in_basis(score),
        [decision.id for decision in decisions],
        rule_pages_url,
        messages.fingerprint([finding.rule for finding in findings]),
    )
    if notices:
        basis_data += (notices,)
    return CommentContent(Document(tuple(parts)), _make_basis(basis_data), rules)


def reduce_to_rules(content: CommentContent, rules: AbstractSet[str]) -> CommentContent | None:
    """Return a comment with only the questions of these rules, worded as before; None if it has no such question."""
    parts: list[Paragraph | Bullets] = []
    has_questions = False
    for part in content.document.parts:
        if isinstance(part, Bullets):
            entries = tuple(entry for entry in part.entries if not rules.isdisjoint(_rules_in(entry, content.rules)))
            has_questions = has_questions or bool(entries)
            parts += [Bullets(entries)] if entries else []
        else:
            parts.append(part)
    if not has_questions:
        return None
    kept = tuple(rule for rule in content.rules if rule in rules)
    return CommentContent(Document(tuple(parts)), _make_basis(("reduced", content.basis, kept)), kept)


def _rules_in(entry: Sequence[Paragraph], rules: Sequence[str]) -> set[str]:
    """Those of these rules that an entry of a comment names in its last paragraph."""
    words = set(entry[-1].plain_text.replace("(", " ").replace(")", " ").replace(",", " ").split())
    return {rule for rule in rules if rule in words}


def build_settled_comment(decisions: Sequence[Decision], messages: Messages) -> CommentContent:
    """Build the single line that replaces a comment if it is kept after all its questions have been settled."""
    summary = " ".join(_describe_decision(decision, messages) for decision in decisions) or messages.text(
        "comment.nothing-open"
    )
    return CommentContent(
        Document(
            (_message_paragraph(messages, "comment.settled", {"name": _SERVICE_NAME_SPAN, "said": Span(summary)}),)
        ),
        _make_basis(("settled", _VERSION, [decision.id for decision in decisions])),
    )


_SERVICE_NAME_SPAN = Span(SERVICE_NAME, Style.STRONG)
"""The name of the service, as comments show it."""


def _describe_question(
    question: CombinedQuestion, rule_pages_url: str | None, messages: Messages
) -> tuple[Paragraph, ...]:
    """The two paragraphs about a question: the question, then the evidence, the way to clear it and the rules."""
    message = messages.finding(question.asked_finding)
    evidence = " ".join(messages.finding(finding).evidence for finding in question.findings)
    names = ", ".join(dict.fromkeys(finding.rule for finding in question.findings))
    rule = Span(names, link=f"{rule_pages_url}/{question.asked_finding.rule}" if rule_pages_url else "")
    spans = {"evidence": Span(evidence), "resolution": Span(message.resolution), "rule": rule}
    return Paragraph((Span(message.question, Style.STRONG),)), _message_paragraph(messages, "comment.finding", spans)


def _describe_decision(decision: Decision, messages: Messages) -> str:
    """A sentence about a decision: its kind, its review date and its reason, as far as they are known."""
    key, facts = "comment.set-aside", {"rule": decision.rule or messages.text("comment.everything")}
    if decision.kind.is_about_the_item:
        key, facts = "comment.decided", {"verdict": messages.text(f"comment.verdicts.{decision.kind}")}
    if decision.review:
        key, facts["until"] = f"{key}-until", f"{decision.review:%Y-%m-%d}"
    if decision.reason:
        key, facts["reason"] = f"{key}-because", decision.reason.rstrip(".")
    text = messages.text(key, count=None, **facts)
    if decision.alternative:
        text += " " + messages.text("comment.instead", what=decision.alternative.rstrip("."))
    return text


def _message_paragraph(
    messages: Messages, key: str, spans: Mapping[str, Span] | None = None, *, count: int | None = None
) -> Paragraph:
    """A message as a paragraph, with adjacent unstyled text merged.

    Args:
        spans: The values of placeholders, with their style or link, by placeholder.
        count: The number that decides between singular and plural; None if the message has no plural.
    """
    spans_by_name = spans or {}
    pieces = messages.parts(key, count=count, **{name: span.text for name, span in spans_by_name.items()})
    merged: list[Span] = []
    for text, name in pieces:
        span = spans_by_name.get(name, Span(text))
        if merged and span == Span(text) and merged[-1] == Span(merged[-1].text):
            merged[-1] = Span(merged[-1].text + text)
        elif span != Span(""):
            merged.append(span)
    return Paragraph(tuple(merged))


def _score_in_basis(score: Score | Refusal | None) -> str:
    """The score as a part of the data of a basis.

    The hashes of existing comments depend on these sentences, so they must never change, even if the messages that
    people see do.
    """
    if score is None:
        return ""
    if isinstance(score, Score):
        terms = " + ".join(f"{amount:g} {name}" for name, amount in score.inputs.items())
        return f"WSJF {score.value:g} = ({terms}) / {score.size:g} job size."
    *others, last = score.missing or ("",)
    names = f"{', '.join(others)} and {last}" if others else last
    parts = [f"{names} {'are' if others else 'is'} blank"] if score.missing else []
    parts += ["the job size has to be above 0"] if score.has_unusable_size else []
    parts += [f"{name} is below 0" for name in score.negative] + [f"{name} is no number" for name in score.unreadable]
    return f"WSJF cannot be worked out: {', and '.join(parts)}."


def _make_basis(data: object) -> str:
    """The basis: the first 16 hexadecimal digits of the SHA-256 of the data that the comment is made from."""
    return hashlib.sha256(msgspec.json.encode(data)).hexdigest()[:16]
