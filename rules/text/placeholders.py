"""Recognises lines that say nothing yet: placeholders, templates, promises, questions, and pointers to other places."""

import re
from collections.abc import Sequence
from enum import Enum

from rules.text.lexicon import Lexicon
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_TEMPLATE = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{\{?[^{}]*\}?\}|_{2,}|\.{2,}|…")
_LONE_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]\s*\Z")
_QUESTION = re.compile(r"[?？][\s)\"'”’»」]*\Z")
_DATE = re.compile(
    r"(?:\d{1,4}[./-]){1,2}\d{1,4}\.?|(?:sprint|q[1-4]|kw|pi|week)\W{0,2}\d{1,4}(?:\W{0,2}\d{4})?", re.IGNORECASE
)
_MENTION = re.compile(r"(?:\[?[@~][^\s,;]+(?:\s[A-ZÀ-Þ]\S*)?[\s,;]*){1,4}")
_FILE = re.compile(r"\S{1,100}\.(?:png|jpe?g|gif|svg|pdf|docx?|xlsx?|pptx?|csv|zip|md|txt)", re.IGNORECASE)
_ADDRESS_OR_KEY = re.compile(r"(?:https?://|www\.)\S+|\b[A-Z][A-Z0-9_]{1,9}-\d{1,7}\b|#\d+")
_REMARK = re.compile(r"\s[-–—]\s|[,;:(]")
_SAID_AFTER_ALL = re.compile(r"[,:;.]\s+\S+(?:\s+\S+){2}")
_LEFT_OPEN = re.compile(r"(?:\.\.\.?|…|_{2,})\W*")

_OPENINGS = frozenset({"tbd", "tba", "tbc", "todo", "to-do"})
_LONGEST_EXCUSE = 5
"""Words in "TBD with the design team"; a longer line says something."""
_LONGEST_PROMISE = 12
_LONGEST_POINTER = 14
_LONGEST_REMARK = 4
_MOST_DETAILS = 2
"""Words with content in a pointer beside its target: "see the API specification"."""
_SHORT_RUN = 30
"""Characters of a promise or a pointer in a language without blanks."""
_SHORTEST_RUN = 10

_BEFORE_PERSON = frozenset(
    phrases("""
        to, by, ask, with, from, owner, contact, von, vom, mit, par, avec, por, con, com, da, di, door, met, przez, z
    """)
)
_PERSON = re.compile(
    rf"[@~]\w+|\b(?i:{'|'.join(sorted(_BEFORE_PERSON))}):?\s+[^\W\d_a-z][^\W\d_A-Z]+(?:\s[^\W\d_a-z][^\W\d_A-Z]+)?"
    r"|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=,)|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=\s*\()"
)

_FILLERS = frozenset(
    phrases("""
        lorem, ipsum, dolor, sit, amet, consectetur, adipiscing, elit, asdf, asd, qwer, qwerty, qwertz, foo, bar, baz,
        bla, blah, blub, dummy, test, xxx, xx, yyy, zzz, abc, aaa, text, etc
    """)
)
_TEMPLATE_WORDS = frozenset(
    phrases("""
        some, something, someone, context, precondition, preconditions, initial, action, actions, event, outcome,
        outcomes, result, results, expected, condition, conditions, state, trigger, happens, the, an, scenario,
        feature, title, name, eg, e.g, example, i, am, a, is, are, logged, in, user
    """)
)
_COPULAS = frozenset(
    phrases("""
        is, are, was, were, gets, ist, sind, wird, werden, est, sont, es, son, é, são, è, sono, jest, są, zijn, wordt
    """)
)
_CRITERIA = frozenset(
    phrases("""
        criteria, criterion, ac, acs, acceptance, they, these, those, this, it, details, everything, requirements,
        kriterien, akzeptanzkriterien, critères, criterios, critérios, criteri, acceptatiecriteria, kryteria
    """)
)
"""Subjects of a sentence about the criteria and not about the product."""


class EmptyReason(Enum):
    """Why a line in a place for criteria is none."""

    PLACEHOLDER = "placeholder"
    POINTER = "pointer"


def empty_reason(text: str, lexicon: Lexicon) -> EmptyReason | None:
    """Why a line is no criterion; None if it may be one."""
    words = tokenize(text)
    if words and _is_known(text, words, lexicon):
        return EmptyReason.PLACEHOLDER
    if is_pointer(text, lexicon):
        return EmptyReason.POINTER
    return EmptyReason.PLACEHOLDER if is_placeholder(text, lexicon) else None


def is_placeholder(text: str, lexicon: Lexicon) -> bool:
    """Whether a line has no content yet."""
    words = tokenize(text)
    if not words:
        return not any(sign.isalnum() for sign in text)
    return (
        _is_known(text, words, lexicon)
        or _QUESTION.search(text) is not None
        or lexicon.help_openings.match(words) > 0
        or text.startswith(lexicon.help_openings.prefixes)
        or words[:2] == ["lorem", "ipsum"]
        or all(word in _FILLERS for word in words)
        or _is_template(text, words, lexicon)
        or _is_promise(text, words, lexicon)
        or any(pattern.fullmatch(text.strip()) for pattern in (_DATE, _MENTION))
    )


def is_pointer(text: str, lexicon: Lexicon) -> bool:
    """Whether a line only points to another place."""
    bare = text.strip().rstrip("。.")
    if _FILE.fullmatch(bare):
        return True
    if len(bare) <= _SHORT_RUN and (
        bare.startswith(lexicon.pointers.prefixes) or bare.endswith(lexicon.pointer_endings)
    ):
        return True
    addressed = _ADDRESS_OR_KEY.search(text) is not None
    words = tokenize(_ADDRESS_OR_KEY.sub(" ", text) if addressed else text)
    if len(words) > _LONGEST_POINTER:
        return False
    named = addressed or not lexicon.pointer_targets.isdisjoint(words)
    if named and _says_nothing(words, lexicon.no_content | lexicon.pointer_targets):
        return True
    return any(
        _points(text, words, start, lexicon, named=named)
        for start in range(_leading(words, lexicon.about_criteria) + 1)
    )


def _points(text: str, words: Sequence[str], start: int, lexicon: Lexicon, *, named: bool) -> bool:
    length = lexicon.pointers.match(words, start)
    if not length or _SAID_AFTER_ALL.search(text):
        return False
    rest = words[start + length :]
    known = lexicon.no_content | lexicon.pointer_targets
    if sum(word not in known and not word.isdigit() for word in rest) > _MOST_DETAILS:
        return False
    last = words[start + length - 1]
    return named or (len(last) > 2 and last not in lexicon.stop_words and len(rest) <= _MOST_DETAILS + 1)


def _is_known(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line is one of the placeholders that people type, perhaps with a remark behind it."""
    if len(words) <= _LONGEST_EXCUSE and (
        " ".join(words) in lexicon.placeholders
        or (words[-1].isdigit() and " ".join(words[:-1]) in lexicon.placeholders)
        or words[0] in _OPENINGS
        or _LONE_NUMBER.match(text)
    ):
        return True
    first, *rest = _REMARK.split(text, maxsplit=1)
    remark = tokenize(rest[0]) if rest else []
    return (
        0 < len(remark) <= _LONGEST_REMARK
        and " ".join(tokenize(first)) in lexicon.placeholders
        and all(word in lexicon.no_content for word in remark)
    )


def _is_template(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether nothing but the words of a scenario is left without what a template leaves open."""
    left = tokenize(_TEMPLATE.sub(" ", text)) if any(sign in text for sign in "<[{_.…") else words
    said = [word for word in left if word not in lexicon.scenario_words]
    if not said:
        return True
    opened = len(left) < len(words) or len(said) < len(left)
    if opened and all(len(word) == 1 or word in _TEMPLATE_WORDS or word in _FILLERS for word in said):
        return True
    return len(said) < len(left) and len(_LEFT_OPEN.findall(text)) > 1


def _is_promise(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether somebody will write the criteria later: "PO to add", "in refinement", "none yet"."""
    run = text.strip().rstrip("。.！!")
    if len(run) <= _SHORT_RUN and run.endswith(lexicon.promise_endings):
        return True
    if run.startswith("待") and len(run) <= _SHORTEST_RUN:
        return True
    if len(words) > _LONGEST_PROMISE:
        return False
    known = lexicon.no_content
    if _says_nothing(_without_names(text, words), known):
        return True
    named = 1 if text.strip()[:1].isupper() else 0
    for start in range(max(_leading(words, lexicon.about_criteria), named) + 1):
        length = lexicon.promises.match(words, start) or _to_do(words, start, lexicon)
        passive = "be" in words[start : start + length]
        if length and not (passive and start and words[start - 1] not in known):
            return all(word in known or word.isdigit() for word in words[start + length :])
    return False


def _says_nothing(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether all words are about criteria, people and meetings; a statement has to be about the criteria."""
    if not all(word in known or word.isdigit() for word in words) or (words and all(word.isdigit() for word in words)):
        return False
    verb = next((place for place, word in enumerate(words) if word in _COPULAS), 0)
    return verb == 0 or not _CRITERIA.isdisjoint(words[:verb])


def _without_names(text: str, words: Sequence[str]) -> list[str]:
    """The words without the names of people, as far as their place tells them: "@sam", "ask Sam", "Sam, please add"."""
    names = {word for found in _PERSON.finditer(text) for word in tokenize(found[0])[-2:] if word not in _BEFORE_PERSON}
    return [word for word in words if word not in names]


def _to_do(words: Sequence[str], start: int, lexicon: Lexicon) -> int:
    """2 where "to be done" stands, in the languages that put it in two words: "à définir"; else 0."""
    if start + 1 >= len(words) or words[start] not in lexicon.to_do:
        return 0
    return 2 if words[start + 1].endswith(lexicon.to_do[words[start]]) else 0


def _leading(words: Sequence[str], known: frozenset[str]) -> int:
    """How many words at the beginning are known, four at most."""
    count = 0
    while count < min(len(words), 4) and words[count] in known:
        count += 1
    return count
