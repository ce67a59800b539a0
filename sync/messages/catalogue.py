"""The messages in one language: findings, scores, comments and reports.

Facts come from the rules and the store; texts come from `config/messages/` and an admin's own file.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rules.engine import UnjudgedType
from rules.message_templates import LocaleFormat, Words, fill, parse_template
from rules.model import Facts, Finding
from rules.priority import Refusal, Score
from rules.rule import NOT_KNOWN, Message, Unjudged

Texts = Mapping[str, Any]

_IN_EVERY_COMMENT = ("form", "comment", "score")


class Messages:
    """All messages of one language.

    Attributes:
        language: The shipped language that the texts are in, or that they extend.
        form: The formats of numbers and dates.
    """

    def __init__(self, language: str, texts: Texts, own: Texts | None = None) -> None:
        """Initialize with texts that have been checked.

        Args:
            language: Their language.
            texts: All texts.
            own: The texts that an admin wrote.
        """
        self.language = language
        self.form = LocaleFormat(texts["form"]["decimal"], texts["form"]["date"], texts["form"]["counts"])
        self._texts = texts
        self._own = own or {}

    def finding(self, finding: Finding) -> Message:
        """The three texts about a finding; the texts stored with it if the catalogue has none."""
        rule = self._of_rule(finding.rule)
        words: Words = rule.get("words", {})
        try:
            texts = rule[finding.variant]
            return Message(*(fill(texts[name], finding.facts, self.form, words) for name in Message._fields))
        except KeyError:
            return Message(finding.evidence, finding.question, finding.resolution)

    def team_question(self, rule: str, flagged: int, judged: int, default: str) -> str:
        """The single question to the team about a rule that flags most of what it judges."""
        text = self._of_rule(rule).get("whole")
        return default if text is None else fill(text, {"flagged": flagged, "judged": judged}, self.form)

    def unjudged(self, rule: str, reason: Unjudged) -> str:
        """Why a rule could not judge something."""
        if reason.variant == NOT_KNOWN:
            attribute = self.name("report.attributes", str(reason.facts["attribute"]))
            return self.text("report.not-known", count=float(reason.facts["items"] or 0), attribute=attribute)
        texts = self._of_rule(rule)
        try:
            return fill(texts["limits"][reason.variant], reason.facts, self.form, texts.get("words", {}))
        except KeyError:
            return reason.text

    def unjudged_types(self, types: Sequence[UnjudgedType]) -> str:
        """The types that rules do not judge, in one line."""
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
        """A score with its inputs, or the reason why there is none."""
        names = self._texts["score"]["names"]
        if isinstance(score, Score):
            inputs = (self.text("score.input", amount=value, name=names[name]) for name, value in score.inputs.items())
            return self.text("score.wsjf", score=score.value, inputs=" + ".join(inputs), size=score.size)
        why = ""
        if score.missing:
            missing = self.join([names[name] for name in score.missing])
            why = self.text("score.blank", count=len(score.missing), names=missing)
        if score.undivided:
            undivided = self.text("score.undivided")
            why = self.text("score.undivided-too", why=why, more=undivided) if why else undivided
        return self.text("score.refused", why=why)

    def text(self, key: str, *, count: float | None = None, **facts: str | float) -> str:
        """A text with its placeholders filled in.

        Args:
            key: The text's id, such as "report.open".
            count: Chooses between "one" and "other", and fills in {n}.
            facts: Values of the other placeholders.
        """
        return "".join(part for part, _ in self.parts(key, count=count, **facts))

    def parts(self, key: str, *, count: float | None = None, **facts: str | float) -> list[tuple[str, str]]:
        """The same text in parts, each with the name of the placeholder that it fills, or ""."""
        text = self._at(key)
        if isinstance(text, Mapping):
            text = text["one" if count == 1 else "other"]
        known: Facts = {**facts} if count is None else {"n": count, **facts}
        return list(parse_template(text).pieces(known, self.form))

    def name(self, group: str, code: str) -> str:
        """The name of a code, such as a state in "report.states"."""
        return str(self._at(group).get(code, code))

    def join(self, words: Sequence[str]) -> str:
        """Words with commas, the last two joined by "and"."""
        if len(words) < 2:
            return "".join(words)
        return fill(self._texts["form"]["last"], {"others": ", ".join(words[:-1]), "last": words[-1]}, self.form)

    def fingerprint(self, rules: Sequence[str]) -> str:
        """Changes with the language, and with an admin's own texts in a comment about these rules.

        Shipped texts are left out: better wording in a new version must not rewrite standing comments.
        """
        own = self._own.get("rules", {})
        used = (
            self.language,
            [self._own.get(part) for part in _IN_EVERY_COMMENT],
            {name: own.get(name) for name in rules},
        )
        return hashlib.sha256(msgspec.json.encode(used, order="sorted")).hexdigest()[:16]

    def _at(self, key: str) -> Any:
        text: Any = self._texts
        for step in key.split("."):
            text = text[step]
        return text

    def _of_rule(self, rule: str) -> Any:
        return self._texts.get("rules", {}).get(rule, {})
