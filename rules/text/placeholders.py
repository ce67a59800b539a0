"""Recognizes lines without content: placeholders, templates, promises, questions, and pointers to other places."""

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
_REMARK_SEPARATOR = re.compile(r"\s[-–—]\s|[,;:(]")
_FURTHER_CLAUSE = re.compile(r"[,:;.]\s+\S+(?:\s+\S+){2}")
_BLANK = re.compile(r"(?:\.\.\.?|…|_{2,})\W*")

_PLACEHOLDER_WORDS = frozenset({"tbd", "tba", "tbc", "todo", "to-do"})
_MAX_PLACEHOLDER_WORDS = 5
"""Words of a placeholder such as "TBD with the design team"; a longer line has content."""
_MAX_PROMISE_WORDS = 12
_MAX_POINTER_WORDS = 14
_MAX_REMARK_WORDS = 4
_MAX_DETAIL_WORDS = 2
"""Words with content in a pointer besides its target, as in "see the API specification"."""
_MAX_UNSPACED_LENGTH = 30
"""Characters of a promise or a pointer in a language without spaces."""
_MAX_CHINESE_PROMISE_LENGTH = 10

_WORDS_BEFORE_NAMES = frozenset(
    phrases("""
        to, by, ask, with, from, owner, contact, von, vom, mit, par, avec, por, con, com, da, di, door, met, przez, z
    """)
)
_PERSON = re.compile(
    rf"[@~]\w+|\b(?i:{'|'.join(sorted(_WORDS_BEFORE_NAMES))}):?\s+[^\W\d_a-z][^\W\d_A-Z]+(?:\s[^\W\d_a-z][^\W\d_A-Z]+)?"
    r"|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=,)|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=\s*\()"
)

_FILLER_WORDS = frozenset(
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
_CRITERIA_WORDS = frozenset(
    phrases("""
        criteria, criterion, ac, acs, acceptance, they, these, those, this, it, details, everything, requirements,
        kriterien, akzeptanzkriterien, critères, criterios, critérios, criteri, acceptatiecriteria, kryteria
    """)
)
"""Subjects of a sentence about the criteria and not about the product."""


class EmptyReason(Enum):
    """Why a line is not a criterion."""

    PLACEHOLDER = "placeholder"
    POINTER = "pointer"


def empty_reason(text: str, lexicon: Lexicon) -> EmptyReason | None:
    """Why a line is not a criterion; None if it may be one."""
    words = tokenize(text)
    if words and _is_known_placeholder(text, words, lexicon):
        return EmptyReason.PLACEHOLDER
    if is_pointer(text, lexicon):
        return EmptyReason.POINTER
    return EmptyReason.PLACEHOLDER if is_placeholder(text, lexicon) else None


def is_placeholder(text: str, lexicon: Lexicon) -> bool:
    """Whether a line has no content yet."""
    words = tokenize(text)
    if not words:
        return not any(char.isalnum() for char in text)
    return (
        _is_known_placeholder(text, words, lexicon)
        or _QUESTION.search(text) is not None
        or lexicon.help_openings.match(words) > 0
        or text.startswith(lexicon.help_openings.prefixes)
        or words[:2] == ["lorem", "ipsum"]
        or all(word in _FILLER_WORDS for word in words)
        or _is_template(text, words, lexicon)
        or _is_promise(text, words, lexicon)
        or any(pattern.fullmatch(text.strip()) for pattern in (_DATE, _MENTION))
    )


def is_pointer(text: str, lexicon: Lexicon) -> bool:
    """Whether a line only points to another place."""
    stripped = text.strip().rstrip("。.")
    if _FILE.fullmatch(stripped):
        return True
    if len(stripped) <= _MAX_UNSPACED_LENGTH and (
        stripped.startswith(lexicon.pointers.prefixes) or stripped.endswith(lexicon.pointer_endings)
    ):
        return True
    has_address = _ADDRESS_OR_KEY.search(text) is not None
    words = tokenize(_ADDRESS_OR_KEY.sub(" ", text) if has_address else text)
    if len(words) > _MAX_POINTER_WORDS:
        return False
    has_target = has_address or not lexicon.pointer_targets.isdisjoint(words)
    if has_target and _has_no_content(words, lexicon.no_content | lexicon.pointer_targets):
        return True
    return any(
        _has_pointer_at(text, words, start, lexicon, has_target=has_target)
        for start in range(_count_leading(words, lexicon.about_criteria) + 1)
    )


def _has_pointer_at(text: str, words: Sequence[str], start: int, lexicon: Lexicon, *, has_target: bool) -> bool:
    length = lexicon.pointers.match(words, start)
    if not length or _FURTHER_CLAUSE.search(text):
        return False
    rest = words[start + length :]
    known = lexicon.no_content | lexicon.pointer_targets
    if sum(word not in known and not word.isdigit() for word in rest) > _MAX_DETAIL_WORDS:
        return False
    last = words[start + length - 1]
    return has_target or (len(last) > 2 and last not in lexicon.stop_words and len(rest) <= _MAX_DETAIL_WORDS + 1)


def _is_known_placeholder(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line is a known placeholder, optionally followed by a remark."""
    if len(words) <= _MAX_PLACEHOLDER_WORDS and (
        " ".join(words) in lexicon.placeholders
        or (words[-1].isdigit() and " ".join(words[:-1]) in lexicon.placeholders)
        or words[0] in _PLACEHOLDER_WORDS
        or _LONE_NUMBER.match(text)
    ):
        return True
    first, *rest = _REMARK_SEPARATOR.split(text, maxsplit=1)
    remark = tokenize(rest[0]) if rest else []
    return (
        0 < len(remark) <= _MAX_REMARK_WORDS
        and " ".join(tokenize(first)) in lexicon.placeholders
        and all(word in lexicon.no_content for word in remark)
    )


def _is_template(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line contains only scenario words and the blanks of a template."""
    left = tokenize(_TEMPLATE.sub(" ", text)) if any(char in text for char in "<[{_.…") else words
    content = [word for word in left if word not in lexicon.scenario_words]
    if not content:
        return True
    has_blanks = len(left) < len(words) or len(content) < len(left)
    if has_blanks and all(len(word) == 1 or word in _TEMPLATE_WORDS or word in _FILLER_WORDS for word in content):
        return True
    return len(content) < len(left) and len(_BLANK.findall(text)) > 1


def _is_promise(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line promises criteria: "PO to add", "in refinement", "none yet"."""
    stripped = text.strip().rstrip("。.！!")
    if len(stripped) <= _MAX_UNSPACED_LENGTH and stripped.endswith(lexicon.promise_endings):
        return True
    if stripped.startswith("待") and len(stripped) <= _MAX_CHINESE_PROMISE_LENGTH:
        return True
    if len(words) > _MAX_PROMISE_WORDS:
        return False
    known = lexicon.no_content
    if _has_no_content(_without_names(text, words), known):
        return True
    max_start = 1 if text.strip()[:1].isupper() else 0
    for start in range(max(_count_leading(words, lexicon.about_criteria), max_start) + 1):
        length = lexicon.promises.match(words, start) or _match_to_do(words, start, lexicon)
        is_passive = "be" in words[start : start + length]
        if length and not (is_passive and start and words[start - 1] not in known):
            return all(word in known or word.isdigit() for word in words[start + length :])
    return False


def _has_no_content(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether all words are about criteria, people and meetings. The subject of a statement must be the criteria."""
    if not all(word in known or word.isdigit() for word in words) or (words and all(word.isdigit() for word in words)):
        return False
    verb = next((index for index, word in enumerate(words) if word in _COPULAS), 0)
    return verb == 0 or not _CRITERIA_WORDS.isdisjoint(words[:verb])


def _without_names(text: str, words: Sequence[str]) -> list[str]:
    """The words without names of people that their position identifies: "@sam", "ask Sam", "Sam, please add"."""
    names = {
        word for match in _PERSON.finditer(text) for word in tokenize(match[0])[-2:] if word not in _WORDS_BEFORE_NAMES
    }
    return [word for word in words if word not in names]


def _match_to_do(words: Sequence[str], start: int, lexicon: Lexicon) -> int:
    """The number of words of a two-word "to be done", such as "à définir": 2, or 0 if there is none."""
    if start + 1 >= len(words) or words[start] not in lexicon.to_do:
        return 0
    return 2 if words[start + 1].endswith(lexicon.to_do[words[start]]) else 0


def _count_leading(words: Sequence[str], known: frozenset[str]) -> int:
    """The number of known words at the beginning, at most four."""
    count = 0
    while count < min(len(words), 4) and words[count] in known:
        count += 1
    return count
