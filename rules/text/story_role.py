"""Recognises user stories, and who they are for: the role in "As a clerk I want …", in the known languages."""

import re
from collections.abc import Iterable, Iterator

from rules.model import Persona, WorkItem
from rules.text.tokens import tokenize

_ROLE = r"(?P<role>[^\n,.;:!?，、。]{2,60}?)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bas (?:an?|the) {_ROLE},?\s+(?:i|we|i['’]d|i['’]m)\b",
        rf"\bals (?:ein|eine|einer|einem|der|die)? ?{_ROLE},?\s+(?:möchte|möchten|will|wollen|kann|brauche|muss)\b",
        rf"\ben tant qu(?:e |['’]){_ROLE},?\s+(?:je|nous)\b",
        rf"\bcomo (?:una? |uma? |el |la )?{_ROLE},?\s+(?:quiero|necesito|quisiera|queremos)\b",
        rf"\bcomo (?:uma? |o |a )?{_ROLE},?\s+(?:eu )?(?:quero|preciso|gostaria|queremos)\b",
        rf"\bcome {_ROLE},?\s+(?:io )?(?:voglio|vorrei|vogliamo)\b",
        rf"\bals (?:een )?{_ROLE},?\s+(?:wil|willen) (?:ik|we|wij)\b",
        rf"\bjako {_ROLE},?\s+(?:chcę|chciałbym|chciałabym|chcemy)\b",
        r"(?P<role>[^\s、，。]{1,20})として",
        r"作为(?:一[个名位])?(?P<role>[^\s，,。]{1,20})[，,]\s*我",
    )
)
_KEYS = ("as ", "als ", "en tant qu", "como ", "come ", "jako ", "として", "作为")
"""Every line with a role contains one of these texts. Searching for them takes far less time than the patterns."""
_CLAUSE = re.compile(r"\b(?:so|that|which|because|when|if|since|but|damit|weil|wenn|dass)\b", re.IGNORECASE)
"""Matches words that begin a clause, as in "Add it as a required step so we notice", which names no role."""
_EMPHASIS = re.compile(r"[*_`]+")
_OPENING = re.compile(r"\W*(?:as an? |als eine? |en tant qu|como una? |como uma? |come utente )", re.IGNORECASE)
"""Matches the beginning of a line with a user story. Without "utente" (user), "come" could be an English word."""
_MAX_CHARACTERS = 400
"""The maximum number of characters of a line that are examined."""


def story_role(item: WorkItem) -> str:
    """Return the role in a user story, as its author wrote it; empty if the item contains no user story with a role.

    A blank of a template, such as "<role>", is not a role.
    """
    for line in (item.title, *(block.text for block in item.text)):
        lowered = line[:_MAX_CHARACTERS].lower()
        if not any(key in lowered for key in _KEYS):
            continue
        text = _EMPHASIS.sub("", line[:_MAX_CHARACTERS])
        for pattern in _PATTERNS:
            match = pattern.search(text)
            if match and not any(char in match["role"] for char in "<>[]{}…") and not _CLAUSE.search(match["role"]):
                return match["role"].strip()
    return ""


def is_user_story(item: WorkItem) -> bool:
    """Whether an item contains a user story, or a line that begins like one."""
    return bool(story_role(item)) or any(_OPENING.match(block.text) for block in item.text)


def find_personas(role: str, personas: Iterable[Persona]) -> Iterator[Persona]:
    """Yield the personas that a role names, with or without further words: "logged-in clerk" is a "clerk"."""
    words = set(tokenize(role))
    for persona in personas:
        names = (persona.name, *persona.aliases)
        if any(set(tokenize(name)) <= words or name.casefold() == role.casefold() for name in names):
            yield persona
