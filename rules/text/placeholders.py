"""Recognises placeholder text: "TBD", "???", "n/a", "siehe oben", an empty scenario, "<describe here>"."""

import re

from rules.text.lexicon import Lexicon
from rules.text.tokens import tokens

_TEMPLATE = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{\{?[^{}]*\}?\}|_{2,}|\.{2,}|…")
_LONE_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]\s*\Z")
_OPENINGS = frozenset({"tbd", "tba", "tbc", "todo", "to-do"})
_LONGEST_EXCUSE = 5
"""Words in "TBD with the design team"; a longer line says something."""


def is_placeholder(text: str, lexicon: Lexicon) -> bool:
    """Whether a line has no content yet."""
    words = tokens(text)
    if not words:
        return not any(sign.isalnum() for sign in text)
    if len(words) <= _LONGEST_EXCUSE:
        if " ".join(words) in lexicon.placeholders or words[0] in _OPENINGS:
            return True
        if _LONE_NUMBER.match(text):
            return True
    left = _TEMPLATE.sub(" ", text) if "<" in text or "[" in text or "{" in text or "_" in text or "." in text else text
    return all(word in lexicon.scenario_words for word in tokens(left))
