"""The words that people read, in the team's language: what a finding says, what a score says, every line of a report.

Facts come from the rules and the store; the texts come from `config/wording/` and an admin's own file. A finding of
which the texts know nothing speaks in its own words.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rules.message_templates import Form, Words, counted, fill, read
from rules.model import Facts, Finding
from rules.priority import Refusal, Score
from rules.rule import Message, Unjudged

Texts = Mapping[str, Any]

_OF_COMMENTS = ("form", "comment", "score")


class Wording:
    """All texts of one language.

    Attributes:
        language: Which of the shipped languages it is, or is built on.
        form: How figures look in it.
    """

    def __init__(self, language: str, texts: Texts, own: Texts | None = None) -> None:
        """Takes texts that have been checked.

        Args:
            language: Their language.
            texts: All of them.
            own: Those of them that an admin wrote.
        """
        self.language = language
        self.form = Form(texts["form"]["decimal"], texts["form"]["date"], texts["form"]["counts"])
        self._texts = texts
        self._own = own or {}

    def message(self, finding: Finding) -> Message:
        """What is said about a finding."""
        rule = self._of(finding.rule)
        texts = rule.get(finding.variant, {})
        own = Message(finding.evidence, finding.question, finding.resolution)
        words: Words = rule.get("words", {})
        try:
            return Message(*(fill(texts[name], finding.facts, self.form, words) for name in Message._fields))
        except KeyError:
            return own

    def whole(self, rule: str, flagged: int, judged: int, otherwise: str) -> str:
        """The one question to the team about a rule that flags most of what it judges."""
        text = self._of(rule).get("whole")
        return otherwise if text is None else fill(text, {"flagged": flagged, "judged": judged}, self.form)

    def unjudged(self, rule: str, said: Unjudged) -> str:
        """Why something was not judged."""
        texts = self._of(rule)
        try:
            return fill(texts["limits"][said.variant], said.facts, self.form, texts.get("words", {}))
        except KeyError:
            return said.text

    def score(self, score: Score | Refusal) -> str:
        """A score with everything that went into it, or why there is none."""
        names = self._texts["score"]["names"]
        if isinstance(score, Score):
            inputs = (self.say("score.input", amount=given, name=names[name]) for name, given in score.inputs.items())
            return self.say("score.wsjf", score=score.value, inputs=" + ".join(inputs), size=score.size)
        why = ""
        if score.missing:
            missing = self.listed([names[name] for name in score.missing])
            why = self.say("score.blank", count=len(score.missing), names=missing)
        if score.undivided:
            undivided = self.say("score.undivided")
            why = self.say("score.undivided-too", why=why, more=undivided) if why else undivided
        return self.say("score.refused", why=why)

    def say(self, key: str, *, count: float | None = None, **facts: str | float) -> str:
        """One of the texts with its facts.

        Args:
            key: Where it stands in the file, as "report.open".
            count: Chooses between one and many, and fills in {n}.
            facts: What its places are filled with.
        """
        return "".join(said for said, _ in self.pieces(key, count=count, **facts))

    def pieces(self, key: str, *, count: float | None = None, **facts: str | float) -> list[tuple[str, str]]:
        """The same in parts, each with the name of the fact it stands for; empty for words of its own."""
        text: Any = self._texts
        for step in key.split("."):
            text = text[step]
        if isinstance(text, Mapping):
            text = text["one" if count == 1 else "other"]
        known: Facts = {**facts} if count is None else {"n": count, **facts}
        return list(read(text).pieces(known, self.form))

    def called(self, group: str, code: str) -> str:
        """What a code is called, as a state in "report.states"."""
        texts: Any = self._texts
        for step in group.split("."):
            texts = texts[step]
        return str(texts.get(code, code))

    def counted(self, number: float, unit: str) -> str:
        """A number with its unit."""
        return counted(number, unit, self.form)

    def listed(self, words: Sequence[str]) -> str:
        """Words one after the other, the last two joined by "and"."""
        if len(words) < 2:
            return "".join(words)
        return fill(self._texts["form"]["last"], {"others": ", ".join(words[:-1]), "last": words[-1]}, self.form)

    def mark(self, rules: Sequence[str]) -> str:
        """Changes with the language, and with an admin's own texts in a comment about these rules.

        Not with the texts that are shipped: a better word in a new version is no reason to edit every comment.
        """
        own = self._own.get("rules", {})
        told = (self.language, [self._own.get(part) for part in _OF_COMMENTS], {name: own.get(name) for name in rules})
        return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:16]

    def _of(self, rule: str) -> Any:
        return self._texts.get("rules", {}).get(rule, {})
