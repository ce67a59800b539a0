"""Recognises titles that say what to change, what is wrong, or what will be true: "Replace library X by Y"."""

import re

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.story_role import is_user_story
from rules.text.tokens import Sentence, tokenize
from rules.text.vocabulary.vocabulary import phrases

_REMOVAL_VERBS = frozenset(
    phrases("remove, drop, uninstall, decommission, retire, deprecate, entfernen, entferne, ausbauen, abschalten")
)
"""Verbs for removal. Titles with other verbs also have to say what something is changed to, or name a version."""

_CHANGE_PREPOSITIONS = frozenset(phrases("by, with, to, from, into, durch, mit, auf, nach, von"))
"""Prepositions before what something is changed to or from."""
_MIN_TITLE_WORDS, _MAX_TITLE_WORDS = 2, 12
"""The lengths of titles of chores: shorter ones name nothing, longer ones usually describe a feature."""
_PROBLEM = re.compile(
    r"\b(?:does not|doesn't|do not|don't|cannot|can't|no longer|not able to|unable to|unresponsive|regression"
    r"|shows? up as|stack ?trace|mismatch(?:es)?|throws|results? in an? (?:\w+ )?(?:error|exception)|\w+Exceptions?"
    r"|misleading|wrong|incorrect|lacks|useless|(?:is|are) (?:not|failing|broken)|not working"
    r"|broken (?:in|on|when|since|after)|infinite (?:loop|recursion)"
    r"|funktioniert nicht|stürzt ab|falsche[rsnm]?|irreführend\w*)\b",
    re.IGNORECASE,
)
"""Matches words in a title that says what is wrong."""

_FAILURE = re.compile(r"\b(?:fails|crashes|loses|but no|schlägt fehl|schlagen fehl)\b", re.IGNORECASE)
"""Matches words for a failure, such as "but no" in "The page opens, but no orders are listed"."""
_ABOUT_FAILURES = re.compile(
    r"\b(?:if|when|why|how|that|on|after|warn|notify|show|alert|report|handle|retry|prevent|wenn|bei|nach)\b",
    re.IGNORECASE,
)
"""Matches words before a failure in a title that says what to do about it, such as "Warn when the import fails"."""
_KIND_OF_TEST = r"(?:a|an|the|some|more|missing|new|unit|integration|e2e|end-to-end|regression|smoke|functional)"
_RESULT = re.compile(
    rf"\W*(?:(?:write|add|implement|create) (?:{_KIND_OF_TEST} ){{0,4}}tests?\b(?: \S+){{2}}"
    r"|(?:ensure|make sure|sicherstellen,?)(?: (?:that|dass))?(?: \S+){4}"
    r"|refactor(?: \S+){1,8} (?:to|into)(?: \S+){2}"
    r"|(?:set|increase|decrease|raise|lower|reduce|limit)(?: \S+){1,6} (?:to|at|by) \d"
    r"|fix(?: \S+){0,4} (?:typos?|wording|spelling|titles?|captions?|labels?|links?|sections?|chapters?)\b"
    r"|\S+(?: \S+){0,4} (?:users?|admins?|administrators?) can (?!be |not )(?:\S+ ){2}"
    r"|\S+(?: \S+){0,9} (?:should|must|soll|sollte|sollten|muss|müssen)(?: \S+){2})",
    re.IGNORECASE,
)
"""Matches titles that name the result of the work, with enough words to see whether it has been achieved."""
_OUTPUT = re.compile(
    r"\b(?:the )?(?:output|outcome|result|deliverable)s?(?: of this (?:task|story|spike|ticket|item))?"
    r"(?:\s?:| (?:is|are|will be|should be)) \S+ \S+ \S+"
    r"|\b(?:das )?ergebnis(?:\s?:| ist| soll) \S+ \S+ \S+",
    re.IGNORECASE,
)
"""Matches a sentence that names the result of the work: "Output is a list of the calls"."""
_DOCUMENT = re.compile(
    r"\b(?:guide|manual|docs?|documentation|readme|javadocs?|tutorial|handbuch|dokumentation|anleitung)\b",
    re.IGNORECASE,
)
"""Matches words in the title of an item that asks for a text to be written."""


def is_chore(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title says what to change, so that anybody can see whether it is done.

    A user story is not a chore, whatever its title.
    """
    words = tokenize(item.title)
    # Phrases such as "as a" or "I want" show that a text is a user story or a wish.
    if not _MIN_TITLE_WORDS <= len(words) <= _MAX_TITLE_WORDS or any(
        Sentence.parse(block.text) in lexicon.wish_openings for block in item.text
    ):
        return False
    # The verb is the first word in English, and the first or last one in German.
    verb = next((word for word in (words[0], words[-1]) if word in lexicon.chores), None)
    content_words = [word for word in words if word not in lexicon.stop_words and word != verb]
    if verb is None or not content_words or any(word in lexicon.vague_terms.words for word in content_words):
        return False
    return (
        verb in _REMOVAL_VERBS
        or any(word in _CHANGE_PREPOSITIONS for word in words[1:])
        or any(word[0].isdigit() for word in words[1:])
    )


def names_problem(item: WorkItem) -> bool:
    """Whether a title says what is wrong, so that anybody can see whether it is gone."""
    title = item.title.replace("’", "'")
    failure = _FAILURE.search(title)
    return _PROBLEM.search(title) is not None or (
        failure is not None and _ABOUT_FAILURES.search(title, 0, failure.start()) is None
    )


def states_result(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether a title says what will be true ("Ensure that …", "Write tests for …"), or a text names the result.

    The title may also name a document to be written, if the item has a description. The answer is always no for a user
    story, and for a title with words that cannot be checked.
    """
    title = item.title.replace(" be able to ", " ")  # "able" is a vague word elsewhere
    if any(word in lexicon.vague_terms.words for word in tokenize(title)):
        return False
    is_described_document = _DOCUMENT.search(item.title) is not None and any(block.text.strip() for block in item.text)
    says_result = (
        is_described_document
        or _RESULT.match(item.title) is not None
        or any(_OUTPUT.search(block.text) for block in item.text)
    )
    return says_result and not is_user_story(item)
