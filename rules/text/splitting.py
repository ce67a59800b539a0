"""Finds where an item could be split, from words that name its parts, in English and German.

The patterns come from two published guides to splitting stories: SPIDR by Mike Cohn (spikes, paths, interfaces,
data, rules), and the guide of Humanizing Work. A list of tasks is not a reason to split, because its parts are not
useful on their own.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from rules.model import BlockKind, ItemKind, WorkItem
from rules.text.chores import names_problem
from rules.text.lines import NON_PROSE_KINDS, Line, split_lines
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases


class SplitPattern(StrEnum):
    """A way to split an item. All but the last two are from SPIDR or the guide of Humanizing Work."""

    OPERATIONS = "operations"
    """Several operations on one thing, such as create, change and delete."""
    WORKFLOW = "workflow"
    """Consecutive steps."""
    RULES = "rules"
    """Several business rules or exceptions."""
    DATA = "data"
    """Several variations of one thing, such as formats or options."""
    INTERFACES = "interfaces"
    """Several ways to use one thing, such as a page and an API."""
    PATHS = "paths"
    """Several scenarios."""
    PROBLEMS = "problems"
    """Several problems in one report."""
    ANNOUNCED = "announced"
    """The author says that it should be split."""


class Split(Struct, frozen=True):
    """Where an item could be split.

    Attributes:
        span: The text that names the parts, or the first of them.
        parts: The number of parts; 0 if that is unknown.
    """

    pattern: SplitPattern
    span: str
    parts: int = 0


_MANAGE_VERBS = frozenset(phrases("manage, managing, administer, administrate, verwalten, pflegen"))
"""Verbs that mean all of create, change and delete."""
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
_CONJUNCTION = r"(?:\(\))?\s*(?:,\s*(?:and|or|und|oder)?|/|&|\+|\b(?:and|or|und|oder)\b)\s*"
_JOINED_OPERATIONS = re.compile(
    rf"(?<![\w\"'-])(?:{'|'.join(_OPERATIONS)})(?:{_CONJUNCTION}(?:{'|'.join(_OPERATIONS)})(?![\w\"'-]))+",
    re.IGNORECASE,
)
"""Two or more operations, such as "create, change and delete"."""
_JOINED_INTERFACES = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_INTERFACES)})(?: (?:app|layer|page|client))?"
    rf"(?:{_CONJUNCTION}(?:the )?(?:{'|'.join(_INTERFACES)})(?![\w-]))+",
    re.IGNORECASE,
)
"""Two or more interfaces, such as "web and mobile app"."""
_NEXT_STEP = re.compile(
    r"\b(?:and then|after that|and afterwards|und dann|und danach|und anschließend)\b", re.IGNORECASE
)
"""Words between two steps of a workflow."""
_NO_WORKFLOW = re.compile(r"\A(?:if|when|wenn)\b|\b(?:don't|do not|does not|doesn't)\b", re.IGNORECASE)
"""Conditions and prohibitions, whose steps are not parts."""
_WISH = re.compile(r"\b(?:i want|i'd like|i would like|i need|i can|möchte ich|will ich|ich möchte)\b", re.IGNORECASE)
"""Words of a user story."""
_CONDITION = re.compile(
    r"(?:only )?(?:if|when|unless|except|depending on|in case|wenn|falls|außer|je nach|es sei denn)\b.*"
    r"(?:,|\bthen\b|\bdann\b)",
    re.IGNORECASE,
)
"""A line that begins with a condition, as a business rule does."""
_VARIATIONS_INTRO = re.compile(
    r"\b(?:options|types|formats|kinds|ways|variants|variations|modes|platforms|databases|strategies|languages|countries"
    r"|arten|formate|möglichkeiten|varianten|sprachen|länder)\b[^.?!:]{0,40}[:-]?\s*\Z",
    re.IGNORECASE,
)
"""A line that announces a list of variations, such as "Supported formats:"."""
_LIST_IN_TITLE = re.compile(
    r"\b(?:for|support|supports|supporting|of|via|from|to|on|including|in|by|handle|as|für|von|über|aus)\s"
    r"(?:the |all |both )?"
    r"(?P<list>[\w.+#-]+(?: [\w.+#-]+)?(?:, [\w.+#-]+(?: [\w.+#-]+)?)+,? (?:and|or|&|und|oder) [\w.+#-]+)",
    re.IGNORECASE,
)
"""A list of at least three things after a preposition or verb, such as "for PDF, HTML and text"."""
_ACTIVITY_ENDING = re.compile(r"(?:ing|tion|ions|ment|ed|ung|tests?)\Z")
"""The ending of a word for an activity. A list of activities is a list of tasks, not of variations."""
_WORDS_BEFORE_MANAGE = frozenset(phrases("to, can, could, able, support, for, users, user, admin, admins, i, we"))
"""Words after which "manage" is something that users do, and not part of a name."""
_INSEPARABLE_OPERATIONS = (
    {"enable", "disable"},
    {"start", "stop"},
    {"add", "remove"},
    {"read", "view"},
    {"copy", "move"},
    {"pause", "resume"},
    {"create", "modify"},
    {"create", "deploy"},
    {"download", "install"},
    {"create", "register"},
    {"build", "deploy"},
    {"build", "install"},
    {"create", "start"},
    {"install", "deploy"},
)
"""Operations of which at least one is of little use without the other."""
_OTHER_WORK_WORDS = frozenset(
    phrases("""
        study, investigate, research, spike, document, doc, docs, evaluate, fix, how, recommendation, discuss, strategy,
        collapse, use, using, test, tests
    """)
)
"""Words in a title that make the operations in it the object of other work, as in "Document create and delete"."""
_INVESTIGATION_WORDS = frozenset(
    phrases("spike, study, investigate, investigation, research, explore, poc, figure, decide, discuss, untersuchen")
)
"""Words that mark an investigation if one is among the first two of its title. What it investigates is not split."""
_CHANGE_VERBS = frozenset(
    phrases("""
        update, include, change, convert, move, redesign, refactor, remove, rename, upgrade, improve, deprecate,
        replace, rewrite, split, simplify, extend, migrate, should, prompted, doubled, clean
    """)
)
"""First words of a title after which operations are the name of what is changed, as in "Update Import/Export", or of
what goes wrong, as in "Doubled import and export"."""
_CRITERIA_HEADING_WORDS = frozenset(phrases("acceptance, criteria, ac, a/c, akzeptanzkriterien, abnahmekriterien"))
_SCENARIO_START = re.compile(r"(?:scenario(?: outline)?|szenario)\b|given\b|angenommen\b|gegeben\b", re.IGNORECASE)
_TO_THE_END = r"(?:[^.?!]|\.\d)*[.?!]?"
"""The rest of a sentence. A full stop within a version number does not end it."""
_PARTS = r"(?:issues?|stories|tickets|jiras?|sub-?tasks|tasks|teile|aufgaben|vorgänge)"
_ANNOUNCED = re.compile(
    r"(?:\b(?:this|it)(?: (?:story|issue|ticket|task|item|one|jira))? (?:may|might|could|should|can|will)(?: \w+)?"
    r" (?:need to )?(?:be )?(?:broken|split|divided)"
    r"|\bneeds? to (?:be )?(?:break|broken|split)|\bwe (?:should|could|need to) (?:break|split) (?:this|it))"
    rf"(?: up| down)? (?:up |down )?(?:in|into) (?:[\w-]+ ){{0,3}}{_PARTS}\b{_TO_THE_END}"
    r"|\b(?:das|dies|diese \w+) (?:sollte|könnte|muss) (?:\w+ )?in (?:mehrere|zwei|drei) [^.?!]*(?:auf)?geteilt\b"
    rf"{_TO_THE_END}",
    re.IGNORECASE,
)
"""A sentence that says that the item should be split."""
_PROBLEMS = re.compile(
    r"(?:\bthere(?: (?:are|is|seem to be)|'s)(?: \w+){0,3} |\b(?:found|exposed|names?|gathers?) |(?:\A|[.:;] )(?:so )?)"
    r"(?:two|three|four|five|2|3|4|5|several|multiple|a few) (?:(?:separate|different|distinct|big|main) )?"
    rf"(?:issues|problems|bugs)\b(?! (?:with (?:it|that)|in the epic|(?:have|has|had) been)\b){_TO_THE_END}"
    rf"|\b(?:es gibt|gibt es) (?:zwei|drei|mehrere) (?:probleme|fehler)\b{_TO_THE_END}",
    re.IGNORECASE,
)
"""A sentence that says that there are several problems."""
_REPORT_HEADING = re.compile(
    r"(?:steps to (?:reproduce|repro)|(?:actual|observed) (?:behaviou?r|results?)|schritte zum reproduzieren"
    r"|tatsächliches verhalten)\b",
    re.IGNORECASE,
)
"""Matches a heading of a problem report."""
_MIN_PARTS = 3
"""The minimum number of variations, rules or scenarios for a split; two are often small enough together."""
_MIN_CRITERIA = 6
"""The minimum number of acceptance criteria for a split; a small story often has five."""
_MAX_VARIATION_WORDS = 8
"""The maximum number of words in a line that names a variation."""


def find_split(item: WorkItem) -> Split | None:
    """Find where an item could be split, by the strongest evidence; None if there is none.

    A bug, or an item whose title or sections say what is wrong, is only split if its text says that it should be split,
    or that there are several problems: its steps to reproduce are not parts.
    """
    if not _INVESTIGATION_WORDS.isdisjoint(tokenize(item.title)[:2]):
        return None
    text = [line for line in split_lines(item.text) if line.text and line.kind not in NON_PROSE_KINDS]
    criteria = split_lines(item.criteria or ())
    is_report = (
        item.kind is ItemKind.BUG or names_problem(item) or any(_REPORT_HEADING.match(line.text) for line in text)
    )
    announced = _find_sentence(_ANNOUNCED, SplitPattern.ANNOUNCED, text)
    problems = _find_sentence(_PROBLEMS, SplitPattern.PROBLEMS, text)
    if is_report:
        return announced or problems
    # The strongest evidence comes first.
    return (
        announced
        or _find_operations(item.title)
        or _find_interfaces(item.title)
        or _find_list_in_title(item.title)
        or _find_workflow(item.title, text)
        or _find_scenarios((*text, *criteria))
        or _find_criteria(criteria)
        or _find_list_in_text(item.title, text)
        or problems
    )


def _find_sentence(wording: re.Pattern[str], pattern: SplitPattern, text: Sequence[Line]) -> Split | None:
    """Find the first sentence with this wording."""
    return next((Split(pattern, match[0]) for line in text if (match := wording.search(line.text))), None)


def _find_operations(title: str) -> Split | None:
    """Find several operations in the title, or a verb such as "manage"."""
    words = tokenize(title)
    if not words or not _OTHER_WORK_WORDS.isdisjoint(words):
        return None
    joined = _JOINED_OPERATIONS.search(title)
    if joined and joined.start() and words[0] in _CHANGE_VERBS:
        return None
    if joined:
        operations = set(_OPERATIONS).intersection(tokenize(joined[0].replace("/", " ")))
        if operations in _INSEPARABLE_OPERATIONS or len(operations) < 2:
            return None
        return Split(SplitPattern.OPERATIONS, title, len(operations))
    # "Manage orders through the API" names a way to do something, and not several operations.
    manages = "through" not in words and any(
        word in _MANAGE_VERBS and (not before or before in _WORDS_BEFORE_MANAGE)
        for before, word in pairwise(["", *words])
    )
    return Split(SplitPattern.OPERATIONS, title) if manages else None


def _find_interfaces(title: str) -> Split | None:
    """Find several interfaces in the title."""
    joined = _JOINED_INTERFACES.search(title)
    if joined is None or "between" in tokenize(title[: joined.start()]):
        return None  # "The result differs between iOS and Android" compares them
    return Split(SplitPattern.INTERFACES, title)


def _find_workflow(title: str, text: Sequence[Line]) -> Split | None:
    """Find consecutive steps in the title or in the user story."""
    for sentence in (title, *(line.text for line in text if _WISH.search(line.text))):
        if _NEXT_STEP.search(sentence) and not _NO_WORKFLOW.search(sentence):
            return Split(SplitPattern.WORKFLOW, sentence)
    return None


def _find_list_in_title(title: str) -> Split | None:
    """Find at least three variations in the title, such as "for PDF, HTML and text"."""
    listed = _LIST_IN_TITLE.search(title)
    if listed is None or any(_ACTIVITY_ENDING.search(word) or word in _TASK_VERBS for word in tokenize(listed["list"])):
        return None
    return Split(SplitPattern.DATA, title, listed["list"].count(",") + 2)


def _find_scenarios(text: Sequence[Line]) -> Split | None:
    """Find several scenarios, counted by their titles, or by their Given if they have none."""
    starts = [line for line in text if _SCENARIO_START.match(line.text)]
    titles = [line for line in starts if line.text[0] in "sS"]  # "Scenario: …" or "Szenario: …"
    scenarios = titles or starts
    return Split(SplitPattern.PATHS, scenarios[0].text, len(scenarios)) if len(scenarios) >= _MIN_PARTS else None


def _find_criteria(field: Sequence[Line]) -> Split | None:
    """Find many listed criteria in the field for them."""
    criteria = [line.text for line in field if _is_list_entry(line)]
    return Split(SplitPattern.RULES, criteria[0], len(criteria)) if len(criteria) >= _MIN_CRITERIA else None


def _find_list_in_text(title: str, text: Sequence[Line]) -> Split | None:
    """Find a list of criteria, business rules or variations in the description."""
    for intro, entries in _find_lists(text, title):
        if len(entries) < _MIN_PARTS:
            continue
        first_words = tokenize(intro)[:3]
        # Below a heading such as "Acceptance test", the steps of a test are listed.
        is_test = not {"test", "tests"}.isdisjoint(first_words)
        is_criteria = not _CRITERIA_HEADING_WORDS.isdisjoint(first_words) and not is_test
        if len(entries) >= _MIN_CRITERIA and is_criteria:
            return Split(SplitPattern.RULES, entries[0], len(entries))
        conditions = [entry for entry in entries if _CONDITION.match(entry)]
        if len(conditions) >= max(_MIN_PARTS, len(entries) / 2):
            return Split(SplitPattern.RULES, conditions[0], len(entries))
        if _VARIATIONS_INTRO.search(intro) and all(_is_variation(entry) for entry in entries):
            return Split(SplitPattern.DATA, ", ".join(entries), len(entries))
    return None


def _find_lists(text: Sequence[Line], title: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the line before each list, and the top-level entries of the list.

    The title takes the place of the line if the text begins with a list. The last list may be empty.
    """
    intro, entries = title, list[str]()
    for line in text:
        if not _is_list_entry(line):
            if entries:
                yield intro, entries
            intro, entries = line.text, []
        elif not line.level:
            entries.append(line.text)
    yield intro, entries


def _is_list_entry(line: Line) -> bool:
    return line.kind in (BlockKind.BULLET, BlockKind.TASK)


def _is_variation(line: str) -> bool:
    """Whether a line names a variation, and is neither a task nor a sentence."""
    words = tokenize(line)
    return 0 < len(words) <= _MAX_VARIATION_WORDS and words[0] not in _TASK_VERBS
