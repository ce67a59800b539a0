"""The messages in one language: findings, scores, comments and reports.

The texts come from `config/messages/` and the admin's own file. A text may have placeholders, such as {key}; their
values are called facts. Some facts are codes, and "words" contains the text of each. A text that depends on a number
has a singular form, "one", and a plural form, "other".
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from rules.assessment import UnjudgedType
from rules.message_templates import CodeTexts, LocaleFormat, fill, fill_pieces
from rules.model import Facts, Finding
from rules.priority.wsjf import Refusal, Score
from rules.rule import NOT_KNOWN, Message, Unjudged

Texts = Mapping[str, Any]
"""Texts by their ids: nested mappings, as in the YAML files."""

_COMMENT_SECTIONS = ("form", "comment", "score")
"""The sections of the catalogue whose texts appear in comments."""


class Messages:
    """All messages of one language.

    Attributes:
        locale_format: The formats of numbers and dates.
    """

    def __init__(self, language: str, texts: Texts, custom_texts: Texts | None = None) -> None:
        """Initialize with texts that have been checked."""
        self.language = language
        self.locale_format = LocaleFormat(texts["form"]["decimal"], texts["form"]["date"], texts["form"]["counts"])
        self._texts = texts
        self._custom_texts = custom_texts or {}

    def finding(self, finding: Finding) -> Message:
        """The evidence, question and resolution of a finding; those stored with it if the catalogue has none."""
        rule_texts = self._rule_texts(finding.rule)
        code_texts: CodeTexts = rule_texts.get("words", {})
        try:
            texts = rule_texts[finding.variant]
            return Message(
                *(fill(texts[name], finding.facts, self.locale_format, code_texts) for name in Message._fields)
            )
        except KeyError:
            return Message(finding.evidence, finding.question, finding.resolution)

    def team_question(self, rule: str, flagged: int, judged: int, default: str) -> str:
        """The question to the team about a rule that flags most of the items that it judges.

        Args:
            flagged, judged: The numbers of items that the rule flags and judges.
            default: The question if the catalogue has none for this rule.
        """
        texts = self._rule_texts(rule)
        text = (flagged == judged and texts.get("whole-of-all")) or texts.get("whole")
        return default if text is None else fill(text, {"flagged": flagged, "judged": judged}, self.locale_format)

    def unjudged_reason(self, rule: str, reason: Unjudged) -> str:
        """The reason why a rule could not judge some items, as a sentence."""
        if reason.variant == NOT_KNOWN:
            attribute = self.name("report.attributes", str(reason.facts["attribute"]))
            return self.text("report.not-known", count=float(reason.facts["items"] or 0), attribute=attribute)
        texts = self._rule_texts(rule)
        try:
            return fill(texts["limits"][reason.variant], reason.facts, self.locale_format, texts.get("words", {}))
        except KeyError:
            return reason.text

    def unjudged_types(self, types: Sequence[UnjudgedType]) -> str:
        """The types of items that some or all rules do not judge, in one line."""
        return " ".join(
            self.text(
                "report.unjudged-type-by" if entry.rules else "report.unjudged-type",
                count=entry.items,
                type=entry.type,
                rules=self.join(entry.rules),
            )
            for entry in types
        )

    def score(self, score: Score | Refusal) -> str:
        """A score with its inputs, or the reason why it cannot be calculated."""
        if isinstance(score, Refusal):
            return self.text("score.refused", why=self.explain_missing_score(score))
        inputs = (
            self.text("score.input", amount=value, name=self.name("score.names", name))
            for name, value in score.inputs.items()
        )
        return self.text("score.wsjf", score=score.value, inputs=" + ".join(inputs), size=score.size)

    def score_without_field(self, inputs: Collection[str]) -> str:
        """The reason why no score can be calculated: the tracker has no field for some inputs."""
        names = self.join([self.name("score.names", name) for name in inputs])
        return self.text("score.no-field", count=len(inputs), names=names)

    def explain_missing_score(self, refusal: Refusal) -> str:
        """The reason why a score cannot be calculated: missing, unreadable and negative inputs, or an unusable size."""
        names_by_problem = {"blank": refusal.missing, "unreadable": refusal.unreadable, "negative": refusal.negative}
        reasons = [
            self.text(
                f"score.{problem}",
                count=len(names),
                names=self.join([self.name("score.names", name) for name in names]),
            )
            for problem, names in names_by_problem.items()
            if names
        ]
        if refusal.has_unusable_size:
            reasons.append(self.text("score.undivided"))
        sentence = reasons[0]
        for reason in reasons[1:]:
            sentence = self.text("score.undivided-too", why=sentence, more=reason)
        return sentence

    def amount(self, value: float) -> str:
        """A number in the format of the language, such as "1,234.5"."""
        return fill("{amount:g}", {"amount": value}, self.locale_format)

    def text(self, key: str, *, count: float | None = None, **facts: str | float) -> str:
        """A text with its placeholders filled in.

        Args:
            key: The text's id, such as "report.open".
            count: The number that selects the singular or plural and fills in {n}; None if the text has only one form.
            facts: Values of the other placeholders.
        """
        return "".join(part for part, _ in self.parts(key, count=count, **facts))

    def parts(self, key: str, *, count: float | None = None, **facts: str | float) -> list[tuple[str, str]]:
        """The parts of a text as (content, name of the placeholder); the name is empty for literal text."""
        text = self._lookup(key)
        if isinstance(text, Mapping):
            text = text["one" if count == 1 else "other"]
        values: Facts = {**facts} if count is None else {"n": count, **facts}
        return list(fill_pieces(text, values, self.locale_format))

    def name(self, group: str, code: str) -> str:
        """The readable name of a code, such as the code of a state; the code itself if it has no name.

        Args:
            group: The id of the group of names, such as "report.states".
        """
        return str(self._lookup(group).get(code, code))

    def join(self, parts: Sequence[str]) -> str:
        """Join parts of a sentence with commas and "and"."""
        if len(parts) < 2:
            return "".join(parts)
        return fill(
            self._texts["form"]["last"], {"others": ", ".join(parts[:-1]), "last": parts[-1]}, self.locale_format
        )

    def fingerprint(self, rules: Sequence[str]) -> str:
        """A hash of the language and of the admin's own texts in a comment about these rules.

        A comment is rewritten if its fingerprint has changed. Shipped texts are not part of it, so that better wording
        in a new version does not rewrite existing comments.
        """
        custom_rules = self._custom_texts.get("rules", {})
        content = (
            self.language,
            [self._custom_texts.get(part) for part in _COMMENT_SECTIONS],
            {name: custom_rules.get(name) for name in rules},
        )
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:16]

    def _lookup(self, key: str) -> Any:
        """The text or the group of texts with an id such as "report.open"."""
        text: Any = self._texts
        for step in key.split("."):
            text = text[step]
        return text

    def _rule_texts(self, rule: str) -> Any:
        """The texts about one rule, keyed by the variants of its findings and by other ids; empty if there are none."""
        return self._texts.get("rules", {}).get(rule, {})
