"""Turns what people do on items into decisions, after checking that they may decide.

People decide by a reply or a label. `removed_by_people` has what they decide by removing or changing our annotations.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.tracker import Author, Comment, FetchedItem, LabelChange, Problem
from rules.model import Decision, DecisionKind, WorkItem, decision_id
from sync.decisions.commands import Command, CommandError, HelpRequested, from_label, parse
from sync.decisions.rejected_commands import Notice
from sync.settings.roles import Roles

_MAX_QUOTED = 80


class Answers(Struct, frozen=True):
    """What people decided on one item, and what was not accepted.

    Attributes:
        decisions: The new decisions.
        notices: The commands that were not accepted, with the reason.
        hidden: Ids of earlier decisions whose reason is not to be shown any more: few may read the reply it came from.
    """

    decisions: tuple[Decision, ...] = ()
    notices: tuple[Notice, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The notices as a report shows them."""
        return tuple(notice.problem for notice in self.notices)


class NotPermitted(CommandError):
    """The account may not make this decision. The message says who may."""


class _Statement(Struct, frozen=True):
    """One command that was given on an item, by a reply or a label.

    Attributes:
        line: The command.
        source: "reply" or "label".
        place: Id of the comment, or the label.
        identity: What identifies the command when it is read again.
        at: When it was given.
        author: The kind of account that gave it.
        names: Every name of that account.
        restricted: Whether only some people can read it.
    """

    line: str
    source: str
    place: str
    identity: str
    at: datetime
    author: Author
    names: frozenset[str]
    restricted: bool = False


class _Log:
    """The decisions that were made on an item so far."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self.by_id = {decision.id: decision for decision in decisions}
        self.replaced = {ident for decision in decisions for ident in decision.replaces}

    def identify(self, item: WorkItem, source: str, identity: str) -> tuple[str, str]:
        """The identity of a command and its decision's id; a withdrawn command is a new one when it is given again."""
        for number in itertools.count():
            numbered = f"{identity}\0again {number}" if number else identity
            ident = decision_id(item.tracker, item.id, source, numbered)
            if ident not in self.replaced:
                return numbered, ident
        raise AssertionError

    def read_from(self, comment: Comment) -> Iterator[Decision]:
        """The decisions that a comment made before its last edit and that still count."""
        for decision in self.by_id.values():
            known = decision.reply == comment.id and not decision.is_withdrawal and decision.id not in self.replaced
            if known and decision.at < comment.updated:
                yield decision


def decide(
    item: WorkItem, command: Command, *, at: datetime, source: str, identity: str, by: str = "", reply: str = ""
) -> Decision:
    """Make a decision about an item. The same identity from the same source always gives the same id."""
    return Decision(
        id=decision_id(item.tracker, item.id, source, identity),
        tracker=item.tracker,
        item=item.id,
        key=item.key,
        kind=command.kind,
        at=at,
        review=command.review,
        rule=command.rule,
        reason=command.reason,
        instead=command.instead,
        source=source,
        by=by,
        links=item.evidence.links,
        votes=item.evidence.votes,
        reply=reply,
    )


def answers_in(
    fetched: FetchedItem, rules: Collection[str], roles: Roles | None = None, known: Sequence[Decision] = ()
) -> Answers:
    """Read the decisions in the comments and labels of an item.

    A command that was accepted once is not judged again. A comment that a person edited says what it says now; one that
    was deleted still counts. Programs and customers decide nothing.

    Args:
        fetched: The item with its discussion, or a part of it.
        rules: Ids of all rules.
        roles: Who may decide what; None for the defaults.
        known: The decisions about the item so far.
    """
    log = _Log(known)
    answers = Answers()
    for comment in fetched.comments:
        if _author(comment) is not Author.US:
            answers = _joined(answers, _in_comment(fetched.item, comment, rules, roles or Roles(), log))
    for statement in _labels(fetched):
        answers = _joined(answers, _judged(fetched.item, statement, rules, roles or Roles(), log))
    return answers


def _joined(one: Answers, other: Answers) -> Answers:
    return Answers(one.decisions + other.decisions, one.notices + other.notices, one.hidden + other.hidden)


def _in_comment(item: WorkItem, comment: Comment, rules: Collection[str], roles: Roles, log: _Log) -> Answers:
    answers = Answers(hidden=tuple(_to_hide(item, comment, log)))
    current: set[str] = set()
    for line in comment.commands:
        identity, ident = log.identify(item, "reply", _identity(comment, line))
        current.add(ident)
        public = (ident,) if ident in log.by_id else ()
        if comment.restricted:
            identity, ident = log.identify(item, "reply", f"{_identity(comment, line)}\0restricted")
            current.add(ident)
        statement = _Statement(
            line=line,
            source="reply",
            place=comment.id,
            identity=identity,
            at=comment.updated,
            author=_author(comment),
            names=comment.names,
            restricted=comment.restricted,
        )
        judged = _judged(item, statement, rules, roles, log)
        if comment.restricted and public:
            decisions = _replacing(judged.decisions, public) or judged.decisions
            judged = msgspec.structs.replace(judged, decisions=decisions)
        answers = _joined(answers, judged)
    if _author(comment) is Author.PERSON:
        gone = tuple(decision.id for decision in log.read_from(comment) if decision.id not in current)
        if gone:
            made = answers.decisions
            ended = _replacing(made, gone) or (*made, _withdrawal(item, comment, gone))
            answers = msgspec.structs.replace(answers, decisions=ended)
    return answers


def _identity(comment: Comment, line: str) -> str:
    return f"{comment.id}\0{line}"


def _to_hide(item: WorkItem, comment: Comment, log: _Log) -> Iterator[str]:
    """Ids of decisions with a reason that only some people can read by now."""
    if comment.restricted:
        stored = {decision_id(item.tracker, item.id, "reply", _identity(comment, line)) for line in comment.commands}
        for ident, decision in log.by_id.items():
            if (decision.reply == comment.id or ident in stored) and (decision.reason or decision.instead):
                yield ident


def _replacing(decisions: Sequence[Decision], replaced: tuple[str, ...]) -> tuple[Decision, ...]:
    """The decisions, of which the first also ends earlier ones; empty if none can."""
    first = next((decision for decision in decisions if decision.kind is not DecisionKind.RESUME), None)
    if first is None:
        return ()
    ending = msgspec.structs.replace(first, replaces=(*first.replaces, *replaced))
    return tuple(ending if decision is first else decision for decision in decisions)


def _withdrawal(item: WorkItem, comment: Comment, gone: tuple[str, ...]) -> Decision:
    """The entry that ends what a comment said before it was edited."""
    command = Command(DecisionKind.RESUME, "", None, "the reply was edited")
    identity = f"{comment.id}\0{comment.updated.isoformat()}\0edited"
    entry = decide(item, command, at=comment.updated, source="reply", identity=identity, reply=comment.id)
    return msgspec.structs.replace(entry, replaces=gone)


def _judged(item: WorkItem, statement: _Statement, rules: Collection[str], roles: Roles, log: _Log) -> Answers:
    """The decision that a command makes, or the notice why it makes none; neither if it was accepted before."""
    if decision_id(item.tracker, item.id, statement.source, statement.identity) in log.by_id:
        return Answers()
    try:
        return Answers(decisions=(_accept(item, statement, rules, roles),))
    except CommandError as error:
        return Answers(notices=(_notice(item, statement, error),))


def _notice(item: WorkItem, statement: _Statement, error: CommandError) -> Notice:
    verb = "was not taken" if isinstance(error, NotPermitted) else "was not understood"
    if isinstance(error, HelpRequested):
        verb = "asks for help"
    quoted = statement.line if statement.source == "reply" else statement.place
    shown = f'the {statement.source} "{quoted[:_MAX_QUOTED]}" {verb}: {error}'
    if statement.restricted:
        shown = f"a reply that only some people can read {verb}; it is not quoted here."
    by_person = statement.author is Author.PERSON
    return Notice(
        item=item.id,
        key=item.key,
        source=statement.source,
        place=statement.place,
        at=statement.at,
        problem_text=shown,
        text=error.text if by_person and not statement.restricted else "",
        facts={} if statement.restricted else error.facts,
        by_person=by_person,
    )


def _accept(item: WorkItem, statement: _Statement, rules: Collection[str], roles: Roles) -> Decision:
    if statement.author is not Author.PERSON:
        raise NotPermitted(
            "customers decide nothing." if statement.author is Author.CUSTOMER else "programs decide nothing."
        )
    command = parse(statement.line, rules, statement.at)
    role = roles.role(command.permission, statement.names)
    if not role:
        who = roles.who(command.permission)
        raise NotPermitted(f'"{command.kind}" is for {who}.', text="not-permitted", command=command.kind)
    if statement.restricted:
        command = msgspec.structs.replace(command, reason="", instead="")
    reply = statement.place if statement.source == "reply" else ""
    return decide(
        item, command, at=statement.at, source=statement.source, identity=statement.identity, by=role, reply=reply
    )


def _author(comment: Comment) -> Author:
    """The author whose permission counts: the writer and the last editor both have to be people of the team."""
    last = comment.edited_by or comment.author
    return last if comment.author is Author.PERSON else comment.author


def _labels(fetched: FetchedItem) -> Iterator[_Statement]:
    """Commands given by labels; each counts once, for as long as the label stays.

    A label that the item was created with is nobody's answer: clones and templates bring it along.
    """
    for label in fetched.item.labels:
        line = from_label(label)
        if line is None:
            continue
        change = fetched.label_changes.get(label) or _assumed_change(fetched.item)
        if change is None or change.author is Author.US or change.at_creation:
            continue
        when = change.at.isoformat() if label in fetched.label_changes else ""
        yield _Statement(
            line=line,
            source="label",
            place=label,
            identity=f"{label}\0{when}",
            at=change.at,
            author=change.author,
            names=change.names,
        )


def _assumed_change(item: WorkItem) -> LabelChange | None:
    """Who added a label where the tracker does not tell: a person, no later than the item's last change."""
    at = item.updated or item.created
    return LabelChange(at, Author.PERSON) if at is not None else None
