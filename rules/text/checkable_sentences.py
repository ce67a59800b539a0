"""Finds sentences that can be checked although nobody called them criteria.

A sentence counts when somebody else could look at the result and say yes or no. So it has to bind the product to
something ("must", "should return"), rule something out ("cannot"), name a limit ("at most 3", "within 2 seconds"), open
with a check ("make sure that"), or say under which condition what is seen ("when ..., ... is shown").

It does not count when it is a wish ("should be fast"), work for the team ("we should look at"), a thought ("maybe"), a
question, a description of how things are today, the story's own sentence ("As a ..."), or the title once more.
"""

import re
from collections.abc import Iterable, Iterator

from rules.model import BlockKind
from rules.text.lexicon import Lexicon
from rules.text.lines import OPAQUE, Line
from rules.text.tokens import Sentence, split_sentences, stem_words, tokenize
from rules.text.vocabulary.vocabulary import phrases

_SHORTEST, _LONGEST = 4, 70
"""Words in a sentence that can be one criterion."""

_NEAR = 50
"""Letters from the start of a sentence within which "I want" makes it a wish."""

_NEW = 2
"""Words with content that a sentence must add to the title."""


_BLANKS = str.maketrans(dict.fromkeys('.,;:!?()[]"…*_', " ") | {"’": "'"})


def checkable_sentences(text: Iterable[Line], title: str, lexicon: Lexicon, *, is_bug: bool) -> Iterator[str]:
    """Yield the checkable sentences in these lines.

    Args:
        text: The lines to read.
        title: The item's title, which a sentence has to go beyond.
        lexicon: The words of the team's languages.
        is_bug: Whether the item reports a bug. It then describes what is wrong, and only obligations count.
    """
    own = [line.text for line in text if line.kind not in OPAQUE and line.kind is not BlockKind.HEADING]
    present = lexicon.binding.intersection("\n".join(own).lower().translate(_BLANKS).split())
    if not present:
        return
    known = stem_words(tokenize(title), lexicon.stop_words)
    for line in own:
        for words in split_sentences(line):
            if not _may_contain(present, words.lower()):
                continue
            sentence = Sentence.parse(words)
            if (
                not present.isdisjoint(sentence.words)
                and _SHORTEST <= len(sentence.word_list) <= _LONGEST
                and _is_checkable(sentence, lexicon, is_bug=is_bug)
                and len(stem_words(sentence.words, lexicon.stop_words) - known) >= _NEW
                and not _is_output(words)
            ):
                yield words


_LINKED = frozenset(
    phrases("""
        this, it, these, those, that, so, but, also, otherwise, instead, now, then, ideally, furthermore,
        additionally, however, and, or, such, note, action, they, he, she, dies, diese, es, das, aber, auch, sonst,
        stattdessen, dann, sie, und, oder, we, i, you
    """)
)
"""Words that tie a sentence to the one before: alone it says too little."""
_ABOUT_WORK = frozenset(
    phrases("""
        doc, docs, documentation, javadoc, readme, ticket, tickets, issue, issues, jira, test, tests, testing, code,
        method, methods, class, classes, refactor, refactoring, pr, commit, branch, branches, dokumentation, klasse,
        methode
    """)
)
_OPENINGS_OF_SUBJECTS = frozenset(
    phrases("""
        the, a, an, each, every, all, no, any, both, only, users, user, customers, clicking, if, when, once, after,
        der, die, das, ein, eine, jede, jeder, jedes, alle, kein, keine, nur, wenn, falls, sobald, nach, unknown,
        there
    """)
)
_SHORTEST_QUOTE, _LONGEST_QUOTE = 6, 32


_REASONS_AND_GUESSES = frozenset(phrases("probably, otherwise, likely, but, wahrscheinlich, vermutlich, sonst, aber"))
"""Words of somebody who explains how things are, or who is not sure."""


def is_quotable(text: str, lexicon: Lexicon) -> bool:
    """Whether a checkable sentence stands for itself, so that it can be quoted as a criterion.

    It names its subject, binds the product with "must" or "should", and is about no work, document or test.
    """
    sentence = Sentence.parse(text)
    first = sentence.word_list[0] if sentence.word_list else ""
    if not _SHORTEST_QUOTE <= len(sentence.word_list) <= _LONGEST_QUOTE or not text[:1].isupper() or first in _LINKED:
        return False
    named = first in _OPENINGS_OF_SUBJECTS or (
        len(sentence.word_list) > 1 and sentence.word_list[1] in lexicon.obligations.words
    )
    about_other_things = not (_ABOUT_WORK | _REASONS_AND_GUESSES).isdisjoint(sentence.words)
    if not named or about_other_things or sentence in lexicon.team_subjects:
        return False
    start, end = lexicon.obligations.find_span(sentence.padded)
    before, after = sentence.padded[:start].split(), sentence.padded[end:].split()
    conditional = first in ("if", "when", "once", "after", "wenn", "falls", "sobald", "nach")
    tied = not {"that", "which", "who", "in", "because", "since", "dass", "weil"}.isdisjoint(before)
    return start > 0 and bool(after) and (conditional or not tied)


_LONGEST_VAGUE = 14
_SUBJECTS = 1
"""Words in a vague line that may name what it is about: "the export should be fast"."""


_HARDLY_VAGUE = frozenset(
    phrases("correctly, properly, successfully, normally, fully, work, works, possible, well, korrekt, richtig")
)


def is_vague(text: str, lexicon: Lexicon) -> bool:
    """Whether a line says only what nobody can check: "The export should be fast and user-friendly"."""
    sentence = Sentence.parse(text)
    if len(sentence.word_list) > _LONGEST_VAGUE or sentence not in lexicon.vague or _NUMBER.search(text):
        return False
    left = sentence.padded
    for phrase in lexicon.vague.phrases:
        left = left.replace(phrase, " ")
    empty = lexicon.vague.words | lexicon.stop_words | lexicon.obligations.words | lexicon.fillers
    subjects = sum(word not in empty for word in left.split())
    is_wish = sentence in lexicon.obligations and sentence.word_list[-1] in lexicon.vague.words - _HARDLY_VAGUE
    return subjects <= _SUBJECTS + is_wish


def _may_contain(keys: Iterable[str], lowered: str) -> bool:
    """Whether one of these few words may be in a sentence: far cheaper than cutting it into words."""
    for key in keys:  # noqa: SIM110 - a generator costs more than the test itself
        if key in lowered:
            return True
    return False


def _is_checkable(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    if _UNFINISHED.search(sentence.text) or sentence in lexicon.hedges or _is_wish(sentence, lexicon):
        return False
    if not is_bug and (check := _opening(sentence, lexicon)):
        return _is_exact(sentence.padded[check:], sentence.text, lexicon)
    if sentence in lexicon.obligations and _binds(sentence, lexicon, is_bug=is_bug):
        return True
    if sentence in lexicon.current_state:
        return False
    return not is_bug and (
        (sentence in lexicon.weak_obligations and _binds_weakly(sentence, lexicon))
        or _is_bounded(sentence, lexicon)
        or (sentence in lexicon.prohibitions and _is_prohibition(sentence, lexicon))
        or (sentence in lexicon.observables and _has_condition(sentence, lexicon))
    )


def _is_wish(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether this is the story's own sentence, or another wish, near its start."""
    return sentence in lexicon.wish_openings and 0 <= lexicon.wish_openings.find_span(sentence.padded)[0] < _NEAR


def _opening(sentence: Sentence, lexicon: Lexicon) -> int:
    """Where the words end that open a check, such as "make sure that"; 0 when the sentence opens otherwise."""
    if sentence not in lexicon.check_openings:
        return 0
    start, end = lexicon.check_openings.find_span(sentence.padded)
    return end if start == 0 or (start > 0 and len(sentence.padded[:start].split()) <= 1) else 0


def _binds(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    """Whether an obligation is the product's, and says something that can be seen."""
    start, end = lexicon.obligations.find_span(sentence.padded)
    before = sentence.padded[:start]
    if before and (sentence.word_list[0] in lexicon.current_state.words or before.endswith((" which", " who"))):
        return False
    if is_bug and before.endswith((" that", " that it", " when it")):
        return False
    if not _has_condition(sentence, lexicon) and not lexicon.current_state.words.isdisjoint(before.split()):
        return False
    return _is_outcome(before.split()[-3:], sentence.padded[end:], sentence.text, lexicon)


def _binds_weakly(sentence: Sentence, lexicon: Lexicon) -> bool:
    """The same for weaker words, which bind only behind a subject of their own."""
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
    """Whether something is forbidden in a main clause, and not to the team."""
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
    """Whether what is bound is more than a wish: a number makes it exact, a leading vague word does not."""
    predicate = _predicate(after, lexicon)
    if _NUMBER.search(text):
        return bool(predicate)
    content = [word for word in predicate if word not in lexicon.stop_words]
    exact = [word for word in content if word not in lexicon.vague.words]
    complete = len(predicate) > 1 or " be " in after[:12]
    return bool(exact) and complete and content[0] not in lexicon.vague.words


def _is_bounded(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a limiting word stands before a number: "at most 3", "within 2 seconds"."""
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
_SIGN = re.compile(r"[{}<>=;$\\|]|\w\.\w+\.\w|\w\(|(?<![A-Z])[A-Z]{5,}+\s")
_SIGNS = 3
"""Signs of code that a sentence may hold."""


def _is_output(text: str) -> bool:
    """Whether a line comes from a program rather than from a person."""
    return _OUTPUT.search(text) is not None or len(_SIGN.findall(text)) > max(_SIGNS, text.count(" ") // 6)
