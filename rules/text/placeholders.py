"""Recognises lines that contain no acceptance criterion, although they are in the place for one.

A placeholder has no content yet ("TBD"). It can also be an unfilled template ("Given <context>"), a question, a date,
or a promise that somebody will write the criteria later ("PO to add"). A pointer says that they are in another place
("see the wiki").
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from rules.text.lexicon import Lexicon
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_TEMPLATE_BLANK = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{\{?[^{}]*\}?\}|_{2,}|\.{2,}|…")
"""A blank of a template: a description in brackets, underscores or dots."""
_LONE_NUMBER = re.compile(r"(?:\s*\(?\d{1,2}[.)]){1,9}\s*\Z")
"""The numbers of list entries without text."""
_QUESTION = re.compile(r"[?？][\s)\"'”’»」]*\Z")
_DATE_OR_PERIOD = re.compile(
    r"(?:\d{1,4}[./-]){1,2}\d{1,4}\.?|(?:sprint|q[1-4]|kw|pi|week)\W{0,2}\d{1,4}(?:\W{0,2}\d{4})?", re.IGNORECASE
)
_MENTIONS = re.compile(r"(?:\[?[@~][^\s,;]+(?:\s[A-ZÀ-Þ]\S*)?[\s,;]*){1,4}")
"""Matches a line that only mentions people, such as "@sam, @kim"."""
_BARE_LABEL = re.compile(r"\W*(?:A/?C|AK|CA|KA)[ #_.-]{0,2}\d{1,2}\W*", re.IGNORECASE)
"""Matches the number of a criterion without text, such as "AC1 –"."""
_EMOJI = re.compile(r"(?::[a-z_]{2,40}:\s*){1,9}")
"""Matches the names of pictures alone, such as ":construction:"."""
_FILE = re.compile(r"\S{1,100}\.(?:png|jpe?g|gif|svg|pdf|docx?|xlsx?|pptx?|csv|zip|md|txt)", re.IGNORECASE)
_ADDRESS_OR_KEY = re.compile(r"(?:https?://|www\.)\S+|\b[A-Z][A-Z0-9_]{1,9}-\d{1,7}\b|#\d+")
_REMARK_SEPARATOR = re.compile(r"\s[-–—]\s|[,;:(]")
"""Matches what can separate a placeholder from a remark."""
_FURTHER_CLAUSE = re.compile(r"[,:;.]\s+\S+(?:\s+\S+){2}")
"""A punctuation mark with three words after it, which say more than where to look."""
_ELLIPSIS = re.compile(r"(?:\.\.\.?|…|_{2,})\W*")
"""Matches dots or underscores to be filled in."""

_PLACEHOLDER_WORDS = frozenset({"tbd", "tba", "tbc", "todo", "to-do"})
"""Words that make a short line a placeholder in every language."""
_MAX_PLACEHOLDER_WORDS = 5
"""The maximum number of words in a placeholder such as "TBD with the design team"; a longer line has content."""
_MAX_PROMISE_WORDS = 12
"""The maximum number of words in a promise; a longer line says more than that criteria will follow."""
_MAX_POINTER_WORDS = 14
"""The maximum number of words in a pointer, not counting addresses and item keys; a longer line has content."""
_MAX_REMARK_WORDS = 4
"""The maximum number of words in a remark after a placeholder, as in "TBD - after the refinement"."""
_MAX_DETAIL_WORDS = 2
"""The maximum number of words with content in a pointer besides its target, as in "see the API specification"."""
_MAX_UNSPACED_LENGTH = 30
"""The maximum number of characters in a promise or a pointer in a language without spaces."""
_MAX_CHINESE_PROMISE_LENGTH = 10
"""The maximum number of characters in a promise that begins with 待 ("waiting for")."""

_WORDS_BEFORE_NAMES = frozenset(
    phrases("""
        to, by, ask, with, from, owner, contact, von, vom, mit, par, avec, por, con, com, da, di, door, met, przez, z
    """)
)
"""Words after which a capitalised word is the name of a person."""
_PERSON_NAME = re.compile(
    rf"[@~]\w+|\b(?i:{'|'.join(sorted(_WORDS_BEFORE_NAMES))}):?\s+(?:[A-Z][a-z]{{1,2}}\.\s+)?[^\W\d_a-z][^\W\d_A-Z]+(?:\s[^\W\d_a-z][^\W\d_A-Z]+)?"
    r"|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=,|\s+(?:knows|weiß|sait|sabe)\b)|\A\s*[^\W\d_a-z][^\W\d_A-Z]+(?=\s*\()"
)
"""Matches a mention, a name after such a word, and a name at the start before a comma, a bracket or "knows"."""

_DUMMY_WORDS = frozenset(
    phrases("""
        lorem, ipsum, dolor, sit, amet, consectetur, adipiscing, elit, asdf, asd, qwer, qwerty, qwertz, foo, bar, baz,
        bla, blah, blub, dummy, test, xxx, xx, yyy, zzz, abc, aaa, text, etc
    """)
)
"""Words that people type to fill a required field."""
_TEMPLATE_WORDS = frozenset(
    phrases("""
        some, something, someone, context, precondition, preconditions, initial, action, actions, event, outcome,
        outcomes, result, results, expected, condition, conditions, state, trigger, happens, the, an, scenario,
        feature, title, name, eg, e.g, example, i, am, a, is, are, logged, in, user
    """)
)
"""Words that an unfilled template for scenarios consists of."""
_COPULAS = frozenset(
    phrases("""
        is, are, was, were, gets, ist, sind, wird, werden, est, sont, es, son, é, são, è, sono, jest, są, zijn, wordt
    """)
)
"""Forms of "to be" and "to become" in several languages."""
_CRITERIA_WORDS = frozenset(
    phrases("""
        criteria, criterion, ac, acs, acceptance, they, these, those, this, it, details, everything, requirements,
        kriterien, akzeptanzkriterien, critères, criterios, critérios, criteri, acceptatiecriteria, kryteria
    """)
)
"""Subjects of sentences about the criteria, in contrast to sentences about the product."""


def is_placeholder(text: str, lexicon: Lexicon) -> bool:
    """Whether a line has no content yet. A pointer is not a placeholder."""
    words = tokenize(text)
    if not words:
        return not any(char.isalnum() for char in text)
    return (
        _is_known_placeholder(text, words, lexicon)
        or _QUESTION.search(text) is not None
        or lexicon.template_instructions.match(words) > 0
        or text.lstrip("（(【[「『 ").startswith(lexicon.template_instructions.prefixes)  # languages without spaces
        or words[:2] == ["lorem", "ipsum"]
        or all(word in _DUMMY_WORDS for word in words)
        or _is_template(text, words, lexicon)
        or _is_promise(text, words, lexicon)
        or any(pattern.fullmatch(text.strip()) for pattern in (_DATE_OR_PERIOD, _MENTIONS, _EMOJI, _BARE_LABEL))
    )


def is_pointer(text: str, lexicon: Lexicon) -> bool:
    """Whether a line only points to another place. A known placeholder, such as "see above", is not a pointer."""
    words = tokenize(text)
    if words and _is_known_placeholder(text, words, lexicon):
        return False
    stripped = text.strip().rstrip("。.")
    if _FILE.fullmatch(stripped):
        return True
    if len(stripped) <= _MAX_UNSPACED_LENGTH and (
        stripped.startswith(lexicon.pointers.prefixes) or stripped.endswith(lexicon.pointer_endings)
    ):
        return True
    has_address = _ADDRESS_OR_KEY.search(text) is not None
    if has_address:
        words = tokenize(_ADDRESS_OR_KEY.sub(" ", text))
    if len(words) > _MAX_POINTER_WORDS:
        return False
    has_target = has_address or not lexicon.pointer_targets.isdisjoint(words)
    if has_target and _has_no_content(words, lexicon.words_without_content | lexicon.pointer_targets):
        return True
    return not _FURTHER_CLAUSE.search(text) and any(
        _has_pointer_at(words, start, lexicon, has_target=has_target)
        for start in range(_count_leading(words, lexicon.authoring_words) + 1)
    )


def _has_pointer_at(words: Sequence[str], start: int, lexicon: Lexicon, *, has_target: bool) -> bool:
    """Whether a pointer to another place begins at the word at `start` of a line, as in "(criteria:) see the wiki".

    Args:
        words: Its words, without addresses and item keys.
        has_target: Whether the line contains an address, an item key, or the name of a place such as "wiki". If not,
            the last of the words that begin the pointer must be neither a stop word nor very short, as in "siehe".
    """
    length = lexicon.pointers.match(words, start)
    if not length:
        return False
    last_word, following = words[start + length - 1], words[start + length :]
    words_without_detail = lexicon.words_without_content | lexicon.pointer_targets
    details = [word for word in following if word not in words_without_detail and not word.isdigit()]
    has_meaning = len(last_word) > 2 and last_word not in lexicon.stop_words
    return len(details) <= _MAX_DETAIL_WORDS and (
        has_target or (has_meaning and len(following) <= _MAX_DETAIL_WORDS + 1)
    )


def _is_known_placeholder(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line is a known placeholder, optionally followed by a remark."""
    if len(words) <= _MAX_PLACEHOLDER_WORDS and (
        " ".join(words) in lexicon.placeholders
        or (words[-1].isdigit() and " ".join(words[:-1]) in lexicon.placeholders)
        or words[0] in _PLACEHOLDER_WORDS
        or _LONE_NUMBER.match(text)
    ):
        return True
    first, *remarks = _REMARK_SEPARATOR.split(text, maxsplit=1)
    remark = tokenize(remarks[0]) if remarks else []
    return (
        0 < len(remark) <= _MAX_REMARK_WORDS
        and " ".join(tokenize(first)) in lexicon.placeholders
        and all(word in lexicon.words_without_content for word in remark)
    )


def _is_template(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line contains only scenario words and the blanks of a template."""
    outside_blanks = tokenize(_TEMPLATE_BLANK.sub(" ", text)) if any(char in text for char in "<[{_.…") else words
    content = [word for word in outside_blanks if word not in lexicon.scenario_words]
    if not content:
        return True
    has_blanks = len(outside_blanks) < len(words)
    has_scenario_words = len(content) < len(outside_blanks)
    if (has_blanks or has_scenario_words) and all(
        len(word) == 1 or word in _TEMPLATE_WORDS or word in _DUMMY_WORDS for word in content
    ):
        return True
    return has_scenario_words and len(_ELLIPSIS.findall(text)) > 1


def _is_promise(text: str, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether a line promises criteria later, such as "PO to add", "in refinement" or "none yet"."""
    stripped = text.strip().rstrip("。.！!）)")
    if (len(stripped) <= _MAX_UNSPACED_LENGTH and stripped.endswith(lexicon.promise_endings)) or (
        len(stripped) <= _MAX_CHINESE_PROMISE_LENGTH and stripped.startswith("待")
    ):
        return True
    if len(words) > _MAX_PROMISE_WORDS:
        return False
    single_words = [part for word in _remove_names(text, words) for part in word.split("/")]
    if _has_no_content(single_words, lexicon.words_without_content):
        return True
    # A capitalised first word may be the name of a person, so a promise may also begin at the second word.
    last_start = max(_count_leading(words, lexicon.authoring_words), 1 if text.strip()[:1].isupper() else 0)
    for start in range(last_start + 1):
        if end := _find_promise_end(words, start, lexicon):
            return all(word in lexicon.words_without_content or word.isdigit() for word in words[end:])
    return False


def _find_promise_end(words: Sequence[str], start: int, lexicon: Lexicon) -> int:
    """Return the index after a promise that begins at the word at `start`; 0 if none begins there.

    A passive is about the product if its subject is: "orders to be added", unlike "criteria to be added".
    """
    length = lexicon.promises.match(words, start) or _match_to_do(words, start, lexicon)
    is_passive = "be" in words[start : start + length]
    if is_passive and start and words[start - 1] not in lexicon.words_without_content:
        return 0
    return start + length if length else 0


def _has_no_content(words: Sequence[str], words_without_content: frozenset[str]) -> bool:
    """Whether words say nothing about the product.

    All must be words without content or numbers, and at least one must not be a number. If they form a statement with
    "is", "are" and the like, its subject must be the criteria, because "this user is new" does say something.
    """
    if not all(word in words_without_content or word.isdigit() for word in words) or (
        words and all(word.isdigit() for word in words)
    ):
        return False
    verb = next((index for index, word in enumerate(words) if word in _COPULAS), 0)
    return verb == 0 or not _CRITERIA_WORDS.isdisjoint(words[:verb])


def _remove_names(text: str, words: Sequence[str]) -> list[str]:
    """Return the words without those that are, judging by their position, names of people.

    Examples are "@sam", "ask Sam", and "Sam, please add".
    """
    names = {
        word
        for match in _PERSON_NAME.finditer(text)
        for word in tokenize(match[0])[-2:]
        if word not in _WORDS_BEFORE_NAMES
    }
    return [word for word in words if word not in names]


def _match_to_do(words: Sequence[str], start: int, lexicon: Lexicon) -> int:
    """Return the length in words of a promise such as "à définir" ("to be defined") at `start`; 0 if there is none."""
    if start + 1 >= len(words) or words[start] not in lexicon.to_do_endings:
        return 0
    return 2 if words[start + 1].endswith(lexicon.to_do_endings[words[start]]) else 0


_MAX_LEADING_WORDS = 4
"""The maximum number of words before a promise or a pointer, as in "Acceptance criteria: see ..."."""


def _count_leading(words: Sequence[str], known: frozenset[str]) -> int:
    """Return the number of known words before the first other word, at most `_MAX_LEADING_WORDS`."""
    return sum(1 for _ in takewhile(known.__contains__, words[:_MAX_LEADING_WORDS]))
