"""Finds sentences that state acceptance criteria implicitly, outside the sections and fields for them.

A sentence is checkable if somebody else can look at the result and answer yes or no. It states an obligation of the
product ("must", "should return"), forbids something ("cannot"), names a limit ("at most 3", "within 2 seconds"), opens
with a check ("make sure that"), or says what can be observed under a condition ("when ..., ... is shown").

It is not checkable if it is a wish ("should be fast"), work for the team ("we should look at"), a guess ("maybe"), a
question, a description of the current state, the sentence of a user story ("As a ..."), or a repetition of the title.

A padded text is one whose words all have a space before and after them, as in `Sentence.padded`.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile

from rules.model import BlockKind
from rules.text.lexicon import Lexicon
from rules.text.lines import NON_PROSE_KINDS, Line
from rules.text.tokens import Sentence, split_sentences, stem_words, tokenize
from rules.text.vocabulary.vocabulary import phrases

_MIN_WORDS, _MAX_WORDS = 4, 70
"""The lengths of sentences that can be a criterion, in words. Longer ones are mostly text without punctuation."""

_MAX_WISH_POSITION = 50
"""The number of characters at the start of a sentence within which "I want" makes it a wish."""

_MIN_NEW_WORDS = 2
"""The minimum number of words, not counting stop words, that a sentence must add to the title."""

_PUNCTUATION_TO_SPACES = str.maketrans(dict.fromkeys('.,;:!?()[]"…*_', " ") | {"’": "'"})


def checkable_sentences(text: Iterable[Line], title: str, lexicon: Lexicon, *, is_bug: bool) -> Iterator[str]:
    """Yield the checkable sentences in these lines, except headings and lines that are not prose, such as code.

    Args:
        title: The item's title. A sentence has to say more than the title.
        is_bug: Whether the item is a bug. As its text describes what is wrong, only obligations count.
    """
    lines = [line.text for line in text if line.kind not in NON_PROSE_KINDS and line.kind is not BlockKind.HEADING]
    # Every checkable sentence contains one of these words, so most texts need no further examination.
    used_keys = lexicon.checkable_keys.intersection("\n".join(lines).lower().translate(_PUNCTUATION_TO_SPACES).split())
    if not used_keys:
        return
    title_stems = stem_words(tokenize(title), lexicon.stop_words)
    for line in lines:
        for text_of_sentence in split_sentences(line):
            lowered = text_of_sentence.lower()
            if not any(key in lowered for key in used_keys):  # much cheaper than splitting the sentence into words
                continue
            sentence = Sentence.parse(text_of_sentence)
            if (
                not used_keys.isdisjoint(sentence.words)
                and _MIN_WORDS <= len(sentence.word_list) <= _MAX_WORDS
                and _is_checkable(sentence, lexicon, is_bug=is_bug)
                and len(stem_words(sentence.words, lexicon.stop_words) - title_stems) >= _MIN_NEW_WORDS
                and not _is_program_output(text_of_sentence)
            ):
                yield text_of_sentence


_UNQUOTABLE_OPENINGS = frozenset(
    phrases("""
        this, it, these, those, that, so, but, also, otherwise, instead, now, then, ideally, furthermore,
        additionally, however, and, or, such, note, action, they, he, she, dies, diese, es, das, aber, auch, sonst,
        stattdessen, dann, sie, und, oder, we, i, you
    """)
)
"""First words of a sentence that says too little on its own: it continues the one before, is about a person, or is a
note."""
_CODE_AND_DOCUMENT_WORDS = frozenset(
    phrases("""
        doc, docs, documentation, javadoc, readme, ticket, tickets, issue, issues, jira, test, tests, testing, code,
        method, methods, class, classes, refactor, refactoring, pr, commit, branch, branches, dokumentation, klasse,
        methode
    """)
)
"""Words about how the work is done. A sentence with one of them is not about the behaviour of the product."""
_SUBJECT_OPENINGS = frozenset(
    phrases("""
        the, a, an, each, every, all, no, any, both, only, users, user, customers, clicking, if, when, once, after, der,
        die, das, ein, eine, jede, jeder, jedes, alle, kein, keine, nur, wenn, falls, sobald, nach, unknown, there
    """)
)
"""First words of a sentence that names its subject, as in "Unknown ids must not appear"."""
_CONDITION_OPENINGS = ("if", "when", "once", "after", "wenn", "falls", "sobald", "nach")
"""First words of a sentence that begins with a condition."""
_SUBORDINATE_CLAUSE_WORDS = frozenset({"that", "which", "who", "in", "because", "since", "dass", "weil"})
"""Words before an obligation that may make it part of a subordinate clause."""
_MIN_QUOTE_WORDS, _MAX_QUOTE_WORDS = 6, 32
"""The lengths of sentences that are quoted, in words: shorter ones say too little, longer ones are hard to read."""
_REASON_AND_GUESS_WORDS = frozenset(
    phrases("probably, otherwise, likely, but, wahrscheinlich, vermutlich, sonst, aber")
)
"""Words that explain the current state, or express doubt."""


def is_quotable(text: str, lexicon: Lexicon) -> bool:
    """Whether a checkable sentence makes sense on its own, so that it can be quoted as a criterion.

    It names its subject, states an obligation of the product, and is not about work, documents or tests.
    """
    sentence = Sentence.parse(text)
    first_word = sentence.word_list[0] if sentence.word_list else ""
    if (
        not _MIN_QUOTE_WORDS <= len(sentence.word_list) <= _MAX_QUOTE_WORDS
        or not text[:1].isupper()
        or first_word in _UNQUOTABLE_OPENINGS
    ):
        return False
    has_subject = first_word in _SUBJECT_OPENINGS or (
        len(sentence.word_list) > 1 and sentence.word_list[1] in lexicon.obligations.words
    )
    is_about_work_or_doubt = not (_CODE_AND_DOCUMENT_WORDS | _REASON_AND_GUESS_WORDS).isdisjoint(sentence.words)
    if not has_subject or is_about_work_or_doubt or sentence in lexicon.team_subjects:
        return False
    start, end = lexicon.obligations.find_span(sentence.padded)
    before, after = sentence.padded[:start].split(), sentence.padded[end:].split()
    is_conditional = first_word in _CONDITION_OPENINGS
    has_subordinate_clause = not _SUBORDINATE_CLAUSE_WORDS.isdisjoint(before)
    return start > 0 and bool(after) and (is_conditional or not has_subordinate_clause)


_MAX_VAGUE_WORDS = 14
"""The maximum number of words in a vague line. A longer line says more than a wish."""
_MAX_SUBJECT_WORDS = 1
"""The maximum number of words in a vague line that name its subject, as in "Fast export". If the line is an obligation
that ends with a vague word, as in "The order export should be fast", one more is allowed."""

_SLIGHTLY_VAGUE_WORDS = frozenset(
    phrases("correctly, properly, successfully, normally, fully, work, works, possible, well, korrekt, richtig")
)
"""Vague words that allow an answer of yes or no, so that a sentence that ends with one may be a criterion."""


def is_vague(text: str, lexicon: Lexicon) -> bool:
    """Whether a line contains nothing checkable, as in "The export should be fast and user-friendly"."""
    sentence = Sentence.parse(text)
    if len(sentence.word_list) > _MAX_VAGUE_WORDS or sentence not in lexicon.vague_terms or _NUMBER.search(text):
        return False
    remaining = sentence.padded
    for phrase in lexicon.vague_terms.phrases:
        remaining = remaining.replace(phrase, " ")
    words_without_content = lexicon.vague_terms.words | lexicon.stop_words | lexicon.obligations.words | lexicon.fillers
    content_words = sum(word not in words_without_content for word in remaining.split())
    is_vague_obligation = (
        sentence in lexicon.obligations and sentence.word_list[-1] in lexicon.vague_terms.words - _SLIGHTLY_VAGUE_WORDS
    )
    return content_words <= _MAX_SUBJECT_WORDS + is_vague_obligation


def _is_checkable(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    """Whether a sentence is checkable as defined at the top of this module, regardless of length and title."""
    if _UNFINISHED.search(sentence.text) or sentence in lexicon.hedges or _says_what_is_wanted(sentence, lexicon):
        return False
    if not is_bug and (end := _find_check_opening_end(sentence, lexicon)):
        return _is_exact(sentence.padded[end:], sentence.text, lexicon)
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


def _says_what_is_wanted(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a sentence says what somebody wants, as in a user story ("As a ...") or after "I want"."""
    wishes = lexicon.wish_openings
    return sentence in wishes and wishes.find_span(sentence.padded)[0] < _MAX_WISH_POSITION


def _find_check_opening_end(sentence: Sentence, lexicon: Lexicon) -> int:
    """Return the end of words that open a check, such as "make sure that", in the padded sentence; 0 if there are none.

    One word may come before them, as in "Please make sure that".
    """
    if sentence not in lexicon.check_openings:
        return 0
    start, end = lexicon.check_openings.find_span(sentence.padded)
    return end if len(sentence.padded[:start].split()) <= 1 else 0


_SUBJECT_LENGTH = 3
"""The number of words before an obligation among which its subject is looked for."""


def _states_obligation(sentence: Sentence, lexicon: Lexicon, *, is_bug: bool) -> bool:
    """Whether an obligation applies to the product and has an observable outcome."""
    start, end = lexicon.obligations.find_span(sentence.padded)
    before = sentence.padded[:start]
    begins_with_current_state = sentence.word_list[0] in lexicon.current_state.words
    if before and (begins_with_current_state or before.endswith((" which", " who"))):
        return False
    # In a bug report, such a clause quotes what the product says or does: "The page says that it must be saved."
    if is_bug and before.endswith((" that", " that it", " when it")):
        return False
    # After "if", these words may describe when the obligation applies: "If the import fails, the user must see why."
    if not _has_condition(sentence, lexicon) and not lexicon.current_state.words.isdisjoint(before.split()):
        return False
    return _is_outcome(before.split()[-_SUBJECT_LENGTH:], sentence.padded[end:], sentence.text, lexicon)


def _states_weak_obligation(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a weak obligation, such as "has to" or "will", has an explicit subject and an observable outcome.

    A verb such as "improve" names an effect, which cannot be observed.
    """
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
    is_outcome = _is_outcome(subject[-_SUBJECT_LENGTH:], after, sentence.text, lexicon)
    return is_outcome and _strip_leading_fillers(after, lexicon)[0] not in lexicon.effect_verbs


def _is_prohibition(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether the main clause forbids the product or its users, and not the team, to do something."""
    before = sentence.padded[: lexicon.prohibitions.find_span(sentence.padded)[0]].split()
    return lexicon.clause_openers.isdisjoint(before) and sentence not in lexicon.team_subjects


_PRODUCT_PHRASE_LENGTH = 30
"""The number of characters after an obligation in which a phrase about the product is looked for."""


def _is_outcome(subject: list[str], after: str, text: str, lexicon: Lexicon) -> bool:
    """Whether an obligation names an exact outcome of the product, and not work to do.

    An obligation of the team is about the product if its verb is, as in "we must support".

    Args:
        subject: The last words before the obligation.
        after: What follows the obligation, padded.
        text: The whole sentence.
    """
    if not _is_exact(after, text, lexicon):
        return False
    predicate = _strip_leading_fillers(after, lexicon)
    if not lexicon.team_subjects.words.isdisjoint(subject):
        return any(word in lexicon.product_verbs.words for word in predicate[:2]) or any(
            phrase in after[:_PRODUCT_PHRASE_LENGTH] for phrase in lexicon.product_verbs.phrases
        )
    return predicate[0] not in lexicon.task_verbs


def _strip_leading_fillers(after: str, lexicon: Lexicon) -> list[str]:
    """Return the words after an obligation, without the fillers at their beginning."""
    return list(dropwhile(lexicon.fillers.__contains__, after.split()))


_UNFINISHED = re.compile(r"[?:]\s*(?:\d+[.)])?\s*\Z")
"""The end of a question, or of a sentence that introduces a list."""
_NUMBER = re.compile(r"\d")


def _is_exact(after: str, text: str, lexicon: Lexicon) -> bool:
    """Whether an outcome is stated and exact.

    A number in the sentence makes an outcome exact; otherwise, a vague first word makes it vague.

    Args:
        after: What follows the obligation or the opening of the check, padded.
        text: The whole sentence.
    """
    predicate = _strip_leading_fillers(after, lexicon)
    if _NUMBER.search(text):
        return bool(predicate)
    content = [word for word in predicate if word not in lexicon.stop_words]
    is_complete = len(predicate) > 1 or " be " in after[:_MAX_BE_POSITION]
    return is_complete and bool(content) and content[0] not in lexicon.vague_terms.words


_MAX_BE_POSITION = 12
"""The number of characters after an obligation within which "be" counts as its verb, as in "should (always) be"."""


def _has_limit(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a limiting word is followed by a number: "at most 3", "within 2 seconds"."""
    return (
        sentence in lexicon.bounds
        and sentence not in lexicon.team_subjects
        and any(
            (start := sentence.padded.find(phrase)) >= 0 and sentence.padded[start + len(phrase) :][:1].isdigit()
            for phrase in (*lexicon.bounds.phrases, *(f" {word} " for word in lexicon.bounds.words))
        )
    )


def _has_condition(sentence: Sentence, lexicon: Lexicon) -> bool:
    """Whether a sentence begins with a condition ("When ..."), or with a user who does something."""
    first_word = sentence.word_list[0]
    return (
        first_word in {"if", "once", "after", "falls", "sobald", "user", "users"}
        or any(first_word in keywords.when.words for keywords in lexicon.scenario_keywords)
        or (
            first_word in {"a", "the", "every", "each", "all"}
            and sentence.word_list[1] in {"user", "users", "customer"}
        )
    )


_PROGRAM_OUTPUT = re.compile(
    r"\bCaused by\b|\b[a-z]{1,40}\.[a-z]{1,40}\.\w{1,80}?(?:Exception|Error)|^\s*at \w+\.|\d\d:\d\d:\d\d|:\d+: "
    r"|\b(?:WARN|ERROR|INFO|DEBUG|TRACE|SEVERE)\s+[\w.\[]+"
)
"""Matches a part of a stack trace, a time of day, a source line number, or a log level."""
_CODE_FRAGMENT = re.compile(r"[{}<>=;$\\|]|\w\.\w+\.\w|\w\(|(?<![A-Z])[A-Z]{5,}+\s")
"""Matches what is common in code, and rare in prose."""
_MAX_CODE_FRAGMENTS = 3
"""The maximum number of matches of `_CODE_FRAGMENT` in a short sentence."""
_WORDS_PER_CODE_FRAGMENT = 6
"""The number of words for each match of `_CODE_FRAGMENT` that a longer sentence may contain."""


def _is_program_output(text: str) -> bool:
    """Whether a sentence is the output of a program or code, such as a log line or a stack trace."""
    max_code_fragments = max(_MAX_CODE_FRAGMENTS, text.count(" ") // _WORDS_PER_CODE_FRAGMENT)
    return _PROGRAM_OUTPUT.search(text) is not None or len(_CODE_FRAGMENT.findall(text)) > max_code_fragments
