"""Finds where an item could be split, from words that name its parts.

The patterns are those of SPIDR (Mike Cohn) and of the story splitting guide of Humanizing Work. A list of tasks does
not count, because its parts are not useful on their own. Supports English and German.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.model import BlockKind, WorkItem
from rules.text.lines import Line, split_lines
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases


class SplitPattern(StrEnum):
    """A way to split an item, as SPIDR and the guide of Humanizing Work name it."""

    OPERATIONS = "operations"
    """Several operations on one thing, such as create, change and delete."""
    WORKFLOW = "workflow"
    """Steps one after the other."""
    RULES = "rules"
    """Several business rules or exceptions."""
    DATA = "data"
    """Several variations, such as formats or options."""
    INTERFACES = "interfaces"
    """Several ways in, such as a page and an API."""
    PATHS = "paths"
    """Several scenarios."""


class Split(Struct, frozen=True):
    """Where an item could be split.

    Attributes:
        pattern: The splitting pattern.
        span: The words that name the parts.
        parts: The number of parts that they name; 0 if unknown.
    """

    pattern: SplitPattern
    span: str
    parts: int = 0


_MANAGE_VERBS = frozenset(phrases("manage, managing, administer, administrate, verwalten, pflegen"))
_OPERATIONS = phrases("""
    create, read, update, delete, build, add, edit, remove, list, view, rename, copy, move, search, import, export,
    deploy, undeploy, destroy, start, stop, launch, pause, resume, enable, disable, register, unregister, install,
    uninstall, modify, change, save, upload, download, restart, cancel, archive, restore, filter, sort, insert, browse,
    creating, deleting, adding, editing, removing, updating, importing, exporting, uploading, downloading,
    anlegen, ändern, löschen, bearbeiten, hinzufügen, entfernen, anzeigen, suchen, importieren, exportieren
""")
_INTERFACES = phrases("""
    web, mobile, ios, android, api, rest, ui, gui, cli, shell, desktop, browser, email, e-mail, sms, slack, safari,
    chrome, firefox, windows, linux, macos, osx, mac, webseite, app
""")
_TASK_VERBS = frozenset(
    phrases("""
        add, use, make, create, move, remove, update, implement, refactor, fix, check, test, write, convert, include,
        change, replace, run, setup, set, see, get, put, rename, consider, need, ensure, document, investigate, look,
        try, find, define, rewrite, extract, generate, build, provide, figure, determine, modify, migrate, delete,
        upgrade, install, open, click, go, start, clone, verify, improve, allow, support, we, i, it, this, the, there,
        ask, register, also, should, that, these, finish, complete, split, integrate, merge, wire, register
    """)
)
"""First words of a line that describes a task or is a sentence, and does not name a variation."""
_AND = r"(?:\(\))?\s*(?:,\s*(?:and|or|und|oder)?|/|&|\+|\b(?:and|or|und|oder)\b)\s*"
_JOINED_OPERATIONS = re.compile(
    rf"(?<![\w\"'-])(?:{'|'.join(_OPERATIONS)})(?:{_AND}(?:{'|'.join(_OPERATIONS)})(?![\w\"'-]))+", re.IGNORECASE
)
_JOINED_INTERFACES = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_INTERFACES)})(?: (?:app|layer|page|client))?"
    rf"(?:{_AND}(?:the )?(?:{'|'.join(_INTERFACES)})(?![\w-]))+",
    re.IGNORECASE,
)
_THEN = re.compile(r"\b(?:and then|after that|and afterwards|und dann|und danach|und anschließend)\b", re.IGNORECASE)
_WISH = re.compile(r"\b(?:i want|i'd like|i would like|i need|i can|möchte ich|will ich|ich möchte)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"(?:only )?(?:if|when|unless|except|depending on|in case|wenn|falls|außer|je nach|es sei denn)\b.*"
    r"(?:,|\bthen\b|\bdann\b)",
    re.IGNORECASE,
)
_VARIATIONS = re.compile(
    r"\b(?:options|types|formats|kinds|ways|variants|variations|modes|platforms|databases|strategies|languages|countries"
    r"|arten|formate|möglichkeiten|varianten|sprachen|länder)\b[^.?!:]{0,40}[:-]?\s*\Z",
    re.IGNORECASE,
)
_TITLE_LIST = re.compile(
    r"\b(?:for|support|supports|supporting|of|via|from|to|on|including|in|by|handle|as|für|von|über|aus)\s"
    r"(?:the |all |both )?"
    r"(?P<list>[\w.+#-]+(?: [\w.+#-]+)?(?:, [\w.+#-]+(?: [\w.+#-]+)?)+,? (?:and|or|&|und|oder) [\w.+#-]+)",
    re.IGNORECASE,
)
_ACTIVITY = re.compile(r"(?:ing|tion|ions|ment|ed|ung|tests?)\Z")
_WORDS_BEFORE_MANAGE = frozenset(phrases("to, can, could, able, support, for, users, user, admin, admins, i, we"))
_PAIRED_OPERATIONS = ({"enable", "disable"}, {"start", "stop"}, {"add", "remove"}, {"read", "view"}, {"copy", "move"})
"""Operations that are of little use without each other."""
_STUDY_WORDS = frozenset(
    phrases("""
        study, investigate, research, spike, document, doc, docs, evaluate, fix, how, recommendation, discuss, strategy,
            collapse, use, using, test, tests
    """)
)
_INVESTIGATION_WORDS = frozenset(
    phrases("spike, study, investigate, investigation, research, explore, poc, untersuchen")
)
_CHANGE_VERBS = frozenset(
    phrases("""
        update, include, change, convert, move, redesign, refactor, remove, rename, upgrade, improve, deprecate,
        replace, rewrite, split, simplify, extend, migrate, should, prompted, doubled, clean
    """)
)
_CONSECUTIVE_OPERATIONS = (
    {"create", "deploy"},
    {"download", "install"},
    {"create", "register"},
    {"build", "deploy"},
    {"build", "install"},
    {"create", "start"},
)
"""Operations that follow each other in a workflow."""
_CRITERIA_WORDS = frozenset(phrases("acceptance, criteria, ac, a/c, akzeptanzkriterien, abnahmekriterien"))
_SCENARIO = re.compile(r"(?:scenario(?: outline)?|szenario)\b|given\b|angenommen\b|gegeben\b", re.IGNORECASE)
_MIN_PARTS = 3
"""Variations, rules or scenarios that are needed for a split."""
_MIN_CRITERIA = 6
_MAX_VARIATION_WORDS = 8
"""Words of a line that names a variation."""


def find_split(item: WorkItem) -> Split | None:
    """Find where an item could be split, by the strongest evidence; None if there is none."""
    if not _INVESTIGATION_WORDS.isdisjoint(tokenize(item.title)[:2]):
        return None
    text = [line for line in split_lines(item.text) if line.text]
    return next((split for find_pattern in _FINDERS if (split := find_pattern(item, text)) is not None), None)


def _find_operations(item: WorkItem, _text: Sequence[Line]) -> Split | None:
    words = tokenize(item.title)
    if not words or not _STUDY_WORDS.isdisjoint(words):
        return None
    joined = _JOINED_OPERATIONS.search(item.title)
    if joined and joined.start() and words[0] in _CHANGE_VERBS:
        return None  # "Update Import/Export": the operations name what is changed
    if joined:
        named = {word for word in tokenize(joined[0].replace("/", " ")) if len(word) > 3 or word == "add"}
        if named in _PAIRED_OPERATIONS or len(named) < 2:
            return None
        pattern = SplitPattern.WORKFLOW if named in _CONSECUTIVE_OPERATIONS else SplitPattern.OPERATIONS
        return Split(pattern, item.title, len(named))
    for index, word in enumerate(words):
        if word in _MANAGE_VERBS and (index == 0 or words[index - 1] in _WORDS_BEFORE_MANAGE):
            return Split(SplitPattern.OPERATIONS, item.title)
    return None


def _find_interfaces(item: WorkItem, _text: Sequence[Line]) -> Split | None:
    return Split(SplitPattern.INTERFACES, item.title) if _JOINED_INTERFACES.search(item.title) else None


def _find_workflow(item: WorkItem, text: Sequence[Line]) -> Split | None:
    for sentence in (item.title, *(line.text for line in text if _WISH.search(line.text))):
        if _THEN.search(sentence):
            return Split(SplitPattern.WORKFLOW, sentence)
    return None


def _find_list_in_title(item: WorkItem, _text: Sequence[Line]) -> Split | None:
    listed = _TITLE_LIST.search(item.title)
    if listed is None or any(_ACTIVITY.search(word) or word in _TASK_VERBS for word in tokenize(listed["list"])):
        return None
    return Split(SplitPattern.DATA, item.title, listed["list"].count(",") + 2)


def _find_scenarios(item: WorkItem, text: Sequence[Line]) -> Split | None:
    opened = [line for line in (*text, *split_lines(item.criteria or ())) if _SCENARIO.match(line.text)]
    named = [line for line in opened if line.text[0] in "sS"] or opened
    return Split(SplitPattern.PATHS, named[0].text, len(named)) if len(named) >= _MIN_PARTS else None


def _find_rules(item: WorkItem, _text: Sequence[Line]) -> Split | None:
    stated = [line.text for line in split_lines(item.criteria or ()) if _is_listed(line)]
    return Split(SplitPattern.RULES, stated[0], len(stated)) if len(stated) >= _MIN_CRITERIA else None


def _find_list_in_text(item: WorkItem, text: Sequence[Line]) -> Split | None:
    for intro, listed in _lists(text, item.title):
        if len(listed) < _MIN_PARTS:
            continue
        if len(listed) >= _MIN_CRITERIA and not _CRITERIA_WORDS.isdisjoint(tokenize(intro)[:3]):
            return Split(SplitPattern.RULES, listed[0], len(listed))
        conditions = [line for line in listed if _CONDITION.match(line)]
        if len(conditions) >= max(_MIN_PARTS, len(listed) / 2):
            return Split(SplitPattern.RULES, conditions[0], len(listed))
        if _VARIATIONS.search(intro) and all(_is_variation(line) for line in listed):
            return Split(SplitPattern.DATA, ", ".join(listed), len(listed))
    return None


def _lists(text: Sequence[Line], title: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each top-level list with the line before it; the title if the text begins with a list."""
    intro, listed = title, list[str]()
    for line in text:
        if _is_listed(line):
            listed += [line.text] if not line.level else []
        else:
            if listed:
                yield intro, listed
            intro, listed = line.text, []
    yield intro, listed


def _is_listed(line: Line) -> bool:
    return line.kind in (BlockKind.BULLET, BlockKind.TASK)


def _is_variation(line: str) -> bool:
    words = tokenize(line)
    return 0 < len(words) <= _MAX_VARIATION_WORDS and words[0] not in _TASK_VERBS


_FINDERS: tuple[Callable[[WorkItem, Sequence[Line]], Split | None], ...] = (
    _find_operations,
    _find_interfaces,
    _find_list_in_title,
    _find_workflow,
    _find_scenarios,
    _find_rules,
    _find_list_in_text,
)
"""The strongest evidence first."""
