"""Finds checkable sentences outside places for criteria.

A sentence is checkable if somebody else can look at the result and answer yes or no. It states an obligation of the
product ("must", "should return"), forbids something ("cannot"), names a limit ("at most 3", "within 2 seconds"), opens
with a check ("make sure that"), or says what can be observed under a condition ("when ..., ... is shown").

It is not checkable if it is a wish ("should be fast"), work for the team ("we should look at"), a thought ("maybe"), a
question, a description of the current state, the sentence of a user story ("As a ..."), or a repetition of the title.
"""

import re
from collections.abc import Iterable, Iterator

from rules.model import BlockKind
from rules.text.lexicon import Lexicon
from rules.text.lines import OPAQUE, Line
from rules.text.tokens import Sentence, split_sentences, stem_words, tokenize
from rules.text.vocabulary.vocabulary import phrases

_MIN_WORDS, _MAX_WORDS = 4, 70
"""Words of a sentence that can be a criterion."""

_MAX_WISH_POSITION = 50
"""Characters from the start of a sentence within which "I want" makes it a wish."""

_MIN_NEW_WORDS = 2
"""Content words that a sentence must add to the title."""


_NORMALIZE_PUNCTUATION = str.maketrans(dict.fromkeys('.,;:!?()[]"…*_', " ") | {"’": "'"})


def checkable_sentences(text: Iterable[Line], title: str, lexicon: Lexicon, *, is_bug: bool) -> Iterator[str]:
    """Yield the checkable sentences in these lines.

    Args:
        text: The lines to read.
        title: The item's title. A sentence has to say more than the title.
        lexicon: The words of the team's languages.
        is_bug: Whether the item is a bug. As it describes what is wrong, only obligations count.
    """
    own = [line.text for line in text if line.kind not in OPAQUE and line.kind is not BlockKind.HEADING]
    present = lexicon.binding.intersection("\n".join(own).lower().translate(_NORMALIZE_PUNCTUATION).split())
    if not present:
        return
    title_stems = stem_words(tokenize(title), lexicon.stop_words)
    for line in own:
        for words in split_sentences(line):
            if not _may_contain(present, words.lower()):
                continue
            sentence = Sentence.parse(words)
            if (
                not present.isdisjoint(sentence.words)
                and _MIN_WORDS <= len(sentence.word_list) <= _MAX_WORDS
                and _is_checkable(sentence, lexicon, is_bug=is_bug)
                and len(stem_words(sentence.words, lexicon.stop_words) - title_stems) >= _MIN_NEW_WORDS
                and not _is_program_output(words)
            ):
                yield words


_LINKING_WORDS = frozenset(
    phrases("""
        this, it, these, those, that, so, but, also, otherwise, instead, now, then, ideally, furthermore,
        additionally, however, and, or, such, note, action, they, he, she, dies, diese, es, das, aber, auch, sonst,
        stattdessen, dann, sie, und, oder, we, i, you
    """)
)
"""Words that link a sentence to the one before. Such a sentence says too little on its own."""
_WORK_WORDS = frozenset(
    phrases("""
        doc, docs, documentation, javadoc, readme, ticket, tickets, issue, issues, jira, test, tests, testing, code,
        method, methods, class, classes, refactor, refactoring, pr, commit, branch, branches, dokumentation, klasse,
        methode
    """)
)
_SUBJECT_OPENINGS = frozenset(
    phrases("""
        the, a, an, each, every, all, no, any, both, only, users, user, customers, clicking, if, when, once, after,
        der, die, das, ein, eine, jede, jeder, jedes, alle, kein, keine, nur, wenn, falls, sobald, nach, unknown,
        there
    """)
)
_MIN_QUOTE_WORDS, _MAX_QUOTE_WORDS = 6, 32


_REASON_AND_GUESS_WORDS = frozenset(
    phrases("probably, otherwise, likely, but, wahrscheinlich, vermutlich, sonst, aber")
)
"""Words that explain the current state, or express doubt."""


def is_quotable(text: str, lexicon: Lexicon) -> bool:
    """Whether a checkable sentence makes sense on its own, so that it can be quoted as a criterion.

    It names its subject, states an obligation of the product, and is not about work, documents or tests.
    """
    sentence = Sentence.parse(text)
    first = sentence.word_list[0] if sentence.word_list else ""
    if (
        not _MIN_QUOTE_WORDS <= len(sentence.word_list) <= _MAX_QUOTE_WORDS
        or not text[:1].isupper()
        or first in _LINKING_WORDS
    ):
        return False
    has_subject = first in _SUBJECT_OPENINGS or (
        len(sentence.word_list) > 1 and sentence.word_list[1] in lexicon.obligations.words
    )
    is_about_other_things = not (_WORK_WORDS | _REASON_AND_GUESS_WORDS).isdisjoint(sentence.words)
    if not has_subject or is_about_other_things or sentence in lexicon.team_subjects:
        return False
    start, end = lexicon.obligations.find_span(sentence.padded)
    before, after = sentence.padded[:start].split(), sentence.padded[end:].split()
    is_conditional = first in ("if", "when", "once", "after", "wenn", "falls", "sobald", "nach")
    has_subordinate_clause = not {"that", "which", "who", "in", "because", "since", "dass", "weil"}.isdisjoint(before)
    return start > 0 and bool(after) and (is_conditional or not has_subordinate_clause)


_MAX_VAGUE_WORDS = 14
_MAX_SUBJECT_WORDS = 1
"""Words of a vague line that may name its subject, as in "the export should be fast"."""


_SLIGHTLY_VAGUE = frozenset(
    phrases("correctly, properly, successfully, normally, fully, work, works, possible, well, korrekt, richtig")
)


def is_vague(text: str, lexicon: Lexicon) -> bool:
    """Whether a line contains nothing checkable: "The export should be fast and user-friendly"."""
    sentence = Sentence.parse(text)
    if len(sentence.word_list) > _MAX_VAGUE_WORDS or sentence not in lexicon.vague or _NUMBER.search(text):
        return False
    remaining = sentence.padded
    for phrase in lexicon.vague.phrases:
        remaining = remaining.replace(phrase, " ")
    words_without_content = lexicon.vague.words | lexicon.stop_words | lexicon.obligations.words | lexicon.fillers
    subjects = sum(word not in words_without_content for word in remaining.split())
    is_wish = sentence in lexicon.obligations and sentence.word_list[-1] in lexicon.vague.words - _SLIGHTLY_VAGUE
    return subjects <= _MAX_SUBJECT_WORDS + is_wish


def _may_contain(keys: Iterable[str], lowered: str) -> bool:
    """Whether a sentence may contain one of a few words. This is much cheaper than splitting it into words."""
    for key in keys:  # noqa: SIM110 - a generator costs more than the test itself
        if key in lowered:
            return True
    return False


def _is_checkable(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    if _UNFINISHED.search(sentence.text) or sentence in lexicon.hedges or _is_wish(sentence, lexicon):
        return False
    if not is_bug and (check := _end_of_opening(sentence, lexicon)):
        return _is_exact(sentence.padded[check:], sentence.text, lexicon)
    if sentence in lexicon.obligations and _states_obligation(sentence, lexicon, is_bug=is_bug):
        return True
    if sentence in lexicon.current_state:
        return False
    return not is_bug and (
        (sentence in lexicon.weak_obligations and _states_weak_obligation(sentence, lexicon))
        or _has_limit(sentence, lexicon)
        or (sentence in lexicon.prohibitions and _is_prohibition(sentence, lexicon))
        or (sentence in lexicon.observables and _has_condition(sentence, lexicon))
    )


def _is_wish(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether this is the sentence of a user story, or another wish."""
    return (
        sentence in lexicon.wish_openings
        and 0 <= lexicon.wish_openings.find_span(sentence.padded)[0] < _MAX_WISH_POSITION
    )


def _end_of_opening(sentence: Sentence, lexicon: Lexicon) -> int:
    """The end of the words that open a check, such as "make sure that"; 0 if there are none."""
    if sentence not in lexicon.check_openings:
        return 0
    start, end = lexicon.check_openings.find_span(sentence.padded)
    return end if start == 0 or (start > 0 and len(sentence.padded[:start].split()) <= 1) else 0


def _states_obligation(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    """Whether an obligation applies to the product and has an observable outcome."""
    start, end = lexicon.obligations.find_span(sentence.padded)
    before = sentence.padded[:start]
    if before and (sentence.word_list[0] in lexicon.current_state.words or before.endswith((" which", " who"))):
        return False
    if is_bug and before.endswith((" that", " that it", " when it")):
        return False
    if not _has_condition(sentence, lexicon) and not lexicon.current_state.words.isdisjoint(before.split()):
        return False
    return _is_outcome(before.split()[-3:], sentence.padded[end:], sentence.text, lexicon)


def _states_weak_obligation(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a weak obligation, which needs a subject of its own, has an observable outcome."""
    start, end = lexicon.weak_obligations.find_span(sentence.padded)
    subject = [word for word in sentence.padded[:start].split() if word != "will"]
    if (
        not subject
        or subject[-1] in lexicon.clause_openers
        or subject[0] in lexicon.clause_openers
        or subject[0] in ("this", "it", "these")
    ):
        return False
    after = sentence.padded[end:]
    predicate = _predicate(after, lexicon)
    return (
        predicate[:1] != []
        and predicate[0] not in lexicon.effect_verbs.words
        and _is_outcome(subject[-3:], after, sentence.text, lexicon)
    )


def _is_prohibition(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a main clause forbids something, and not to the team."""
    before = sentence.padded[: lexicon.prohibitions.find_span(sentence.padded)[0]].split()
    return lexicon.clause_openers.isdisjoint(before) and sentence not in lexicon.team_subjects


def _is_outcome(subject: list[str], after: str, text: str, lexicon: Lexicon) -> bool:
    if not _is_exact(after, text, lexicon):
        return False
    predicate = _predicate(after, lexicon)
    if not lexicon.team_subjects.words.isdisjoint(subject):
        return any(word in lexicon.product_verbs.words for word in predicate[:2]) or any(
            phrase in after[:30] for phrase in lexicon.product_verbs.phrases
        )
    return bool(predicate) and predicate[0] not in lexicon.task_verbs.words


def _predicate(after: str, lexicon: Lexicon) -> list[str]:
    words = after.split()
    while words and words[0] in lexicon.fillers:
        words = words[1:]
    return words


_UNFINISHED = re.compile(r"[?:]\s*(?:\d+[.)])?\s*\Z")
_NUMBER = re.compile(r"\d")


def _is_exact(after: str, text: str, lexicon: Lexicon) -> bool:
    """Whether an outcome is exact: a number makes it exact, and a vague first word makes it vague."""
    predicate = _predicate(after, lexicon)
    if _NUMBER.search(text):
        return bool(predicate)
    content = [word for word in predicate if word not in lexicon.stop_words]
    exact = [word for word in content if word not in lexicon.vague.words]
    complete = len(predicate) > 1 or " be " in after[:12]
    return bool(exact) and complete and content[0] not in lexicon.vague.words


def _has_limit(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a limiting word is followed by a number: "at most 3", "within 2 seconds"."""
    return (
        sentence in lexicon.bounds
        and sentence not in lexicon.team_subjects
        and any(
            (at := sentence.padded.find(phrase)) >= 0 and sentence.padded[at + len(phrase) :][:1].isdigit()
            for phrase in (*lexicon.bounds.phrases, *(f" {word} " for word in lexicon.bounds.words))
        )
    )


def _has_condition(sentence: Sentence, lexicon: Lexicon) -> bool:
    openers = {word for _, when, _ in lexicon.scenario for word in when.words}
    return sentence.word_list[0] in openers | {"if", "once", "after", "falls", "sobald", "user", "users"} or (
        sentence.word_list[0] in {"a", "the", "every", "each", "all"}
        and sentence.word_list[1] in {"user", "users", "customer"}
    )


_OUTPUT = re.compile(
    r"\bCaused by\b|\b[a-z]{1,40}\.[a-z]{1,40}\.\w{1,80}?(?:Exception|Error)|^\s*at \w+\.|\d\d:\d\d:\d\d|:\d+: "
    r"|\b(?:WARN|ERROR|INFO|DEBUG|TRACE|SEVERE)\s+[\w.\[]+"
)
_CODE_CHARACTER = re.compile(r"[{}<>=;$\\|]|\w\.\w+\.\w|\w\(|(?<![A-Z])[A-Z]{5,}+\s")
_MAX_CODE_CHARACTERS = 3
"""Code characters that a sentence may contain."""


def _is_program_output(text: str) -> bool:
    """Whether a line is the output of a program."""
    return _OUTPUT.search(text) is not None or len(_CODE_CHARACTER.findall(text)) > max(
        _MAX_CODE_CHARACTERS, text.count(" ") // 6
    )
