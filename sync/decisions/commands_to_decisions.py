"""Turns commands in replies and labels into decisions, after checking the permissions of their authors.

A reply is a person's comment with a line that begins with "/steward". The same command is read again in every round
(pass over the tracker), so each decision's id is a hash of the command's identity, and a command whose decision exists
is ignored. The reason for a decision is hidden when only some people can read its comment. `removed_by_people` makes
the decisions that follow from removed and changed annotations: the comments, labels and field values that the service
put on items.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.comments import Author, Comment, LabelChange
from connectors.tracker import FetchedItem
from rules.model import Decision, DecisionKind, WorkItem, decision_id
from sync.decisions.command_parser import (
    Command,
    CommandError,
    label_to_command,
    needed_permission,
    parse_command,
)
from sync.decisions.rejected_commands import Notice
from sync.settings.roles import Roles

_MAX_QUOTED_LENGTH = 80
"""The maximum number of characters of a rejected command that a message quotes."""


class Answers(Struct, frozen=True):
    """The answers on one item.

    Attributes:
        notices: The rejected commands, with reasons.
        ids_to_hide: Ids of earlier decisions whose reasons must be removed, because now only some people can read the
            replies that gave them.
    """

    decisions: tuple[Decision, ...] = ()
    notices: tuple[Notice, ...] = ()
    ids_to_hide: tuple[str, ...] = ()


class NotPermitted(CommandError):
    """The account may not make this decision."""

    @classmethod
    def by_roles(cls, kind: DecisionKind, roles: Roles) -> "NotPermitted":
        """The error about a decision that the roles of the account do not allow."""
        grantees = roles.describe_grantees(needed_permission(kind))
        return cls(f'"{kind}" is for {grantees}.', message_id="not-permitted", command=kind)


class _GivenCommand(Struct, frozen=True):
    """A command on an item, given in a reply or as a label.

    Attributes:
        source: "reply" or "label".
        origin: Id of the comment, or the label.
        identity: A text that is the same whenever this command is read; the decision's id is a hash of it.
        author: The kind of account that gave it.
        names: All names of this account; `roles` in the settings names people by them.
        restricted: Whether only some people can read the command.
        replaces: Ids of earlier decisions that the command's decision replaces. Ignored for the command `resume`,
            because a `resume` that replaces others counts as a withdrawal (`Decision.is_withdrawal`).
    """

    line: str
    source: str
    origin: str
    identity: str
    at: datetime
    author: Author
    names: frozenset[str]
    restricted: bool = False
    replaces: tuple[str, ...] = ()


def make_decision(
    item: WorkItem,
    command: Command,
    *,
    at: datetime,
    source: str,
    identity: str,
    by: str = "",
    reply: str = "",
    replaces: Collection[str] = (),
) -> Decision:
    """Make the decision that a command asks for.

    Args:
        at: When the command was given.
        source: How it was given, such as "command line", "reply" or "click"; stored as `Decision.source`.
        identity: A text that is the same whenever this command is read. Source and identity determine the id.
        by: The role of the person who decided.
        reply: Id of the comment with the command; empty if it came from elsewhere.
        replaces: Ids of the earlier decisions that no longer apply.
    """
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
        alternative=command.alternative,
        source=source,
        by=by,
        links=item.demand.links,
        votes=item.demand.votes,
        reply=reply,
        replaces=tuple(replaces),
    )


def read_answers(
    fetched: FetchedItem, rules: Collection[str], roles: Roles, earlier_decisions: Sequence[Decision]
) -> Answers:
    """Read the decisions in the comments and labels of an item.

    An accepted command is not checked again. If a person edits a comment, its new text counts; if it is
    deleted, its decisions remain. Programs and customers cannot decide.

    Args:
        fetched: The item with all or some of its comments.
        roles: Who may decide what.
        earlier_decisions: The earlier decisions about the item.
    """
    reader = _AnswerCollector(fetched.item, rules, roles, earlier_decisions)
    for comment in fetched.comments:
        if (comment.commands or earlier_decisions) and _author(comment) is not Author.THIS_SERVICE:
            reader.read_comment(comment)
    for command in _label_commands(fetched):
        reader.decisions += reader.decide(command)
    return Answers(tuple(reader.decisions), tuple(reader.notices), tuple(reader.ids_to_hide))


class _AnswerCollector:
    """Reads the answers on one item, and collects them as in `Answers`."""

    def __init__(
        self, item: WorkItem, rules: Collection[str], roles: Roles, earlier_decisions: Sequence[Decision]
    ) -> None:
        self.decisions: list[Decision] = []
        self.notices: list[Notice] = []
        self.ids_to_hide: list[str] = []
        self._item, self._rules, self._roles = item, rules, roles
        self._earlier = {decision.id: decision for decision in earlier_decisions}
        self._replaced = {replaced_id for decision in earlier_decisions for replaced_id in decision.replaces}

    def read_comment(self, comment: Comment) -> None:
        """Read the commands in one comment. The decisions made by lines that an edit removed are withdrawn."""
        if comment.restricted:
            self.ids_to_hide += self._decisions_to_hide(comment)
        commands = [self._command_in_reply(comment, line) for line in dict.fromkeys(comment.commands)]
        decisions = [decision for command in commands for decision in self.decide(command)]
        outdated_ids = self._outdated_decisions(comment, commands) if _author(comment) is Author.PERSON else []
        if outdated_ids and not _replace_earlier(decisions, outdated_ids):
            decisions.append(self._withdraw(comment, outdated_ids))
        self.decisions += decisions

    def decide(self, command: _GivenCommand) -> list[Decision]:
        """Return the decision that a command asks for; none if it is rejected or was accepted before."""
        if self._id(command.source, command.identity) in self._earlier:
            return []
        try:
            return [_decide_command(self._item, command, self._rules, self._roles)]
        except CommandError as error:
            self.notices.append(_make_notice(self._item, command, error))
            return []

    def _command_in_reply(self, comment: Comment, line: str) -> _GivenCommand:
        """The command in one line of a comment.

        If the line made a decision while everybody could read it, a new one, without a reason, replaces it.
        """
        identity = self._unused_identity(_identity(comment, line))
        replaces: tuple[str, ...] = ()
        if comment.restricted:
            replaces = tuple({self._id("reply", identity)} & self._earlier.keys())
            identity = self._unused_identity(f"{_identity(comment, line)}\0restricted")
        return _GivenCommand(
            line=line,
            source="reply",
            origin=comment.id,
            identity=identity,
            at=comment.updated,
            author=_author(comment),
            names=comment.names,
            restricted=comment.restricted,
            replaces=replaces,
        )

    def _outdated_decisions(self, comment: Comment, commands: Sequence[_GivenCommand]) -> list[str]:
        """Ids of the decisions that a comment made before its last edit, except those of its present commands."""
        current_ids = {self._id("reply", command.identity) for command in commands}
        current_ids.update(*(command.replaces for command in commands))
        return [
            decision.id
            for decision in self._earlier.values()
            if decision.reply == comment.id
            and decision.at < comment.updated
            and not decision.is_withdrawal
            and decision.id not in self._replaced
            and decision.id not in current_ids
        ]

    def _unused_identity(self, identity: str) -> str:
        """The identity of a command in a reply; a new one each time it is given again after an edit withdrew it."""
        repeated = (f"{identity}\0again {repetition}" for repetition in itertools.count(1))
        candidates = itertools.chain((identity,), repeated)
        return next(candidate for candidate in candidates if self._id("reply", candidate) not in self._replaced)

    def _id(self, source: str, identity: str) -> str:
        """The id of the decision of a command on this item."""
        return decision_id(self._item.tracker, self._item.id, source, identity)

    def _decisions_to_hide(self, comment: Comment) -> Iterator[str]:
        """Yield ids of decisions with reasons from a comment that now only some people can read."""
        own_ids = {self._id("reply", _identity(comment, line)) for line in comment.commands}
        for earlier_id, decision in self._earlier.items():
            if (decision.reply == comment.id or earlier_id in own_ids) and (decision.reason or decision.alternative):
                yield earlier_id

    def _withdraw(self, comment: Comment, outdated_ids: Sequence[str]) -> Decision:
        """Make the decision that ends the decisions that a comment made before an edit."""
        command = Command(DecisionKind.RESUME, "", None, "the reply was edited")
        identity = f"{comment.id}\0{comment.updated.isoformat()}\0edited"
        return make_decision(
            self._item,
            command,
            at=comment.updated,
            source="reply",
            identity=identity,
            reply=comment.id,
            replaces=outdated_ids,
        )


def _identity(comment: Comment, line: str) -> str:
    """A text that is the same whenever this command of a comment is read."""
    return f"{comment.id}\0{line}"


def _replace_earlier(decisions: list[Decision], replaced_ids: Sequence[str]) -> bool:
    """Let the first of these decisions that is not of the kind `resume` replace earlier ones; return whether one did.

    A person's command to resume cannot replace others, because a decision of this kind that does counts as a withdrawal
    (`Decision.is_withdrawal`).
    """
    for index, decision in enumerate(decisions):
        if decision.kind is not DecisionKind.RESUME:
            decisions[index] = msgspec.structs.replace(decision, replaces=(*decision.replaces, *replaced_ids))
            return True
    return False


def _make_notice(item: WorkItem, command: _GivenCommand, error: CommandError) -> Notice:
    """Make the notice about a command that was rejected with an error."""
    verb = "was not accepted" if isinstance(error, NotPermitted) else "was not understood"
    if error.message_id == "help":
        verb = "asks for help"
    quoted = command.line if command.source == "reply" else command.origin
    problem_text = f'the {command.source} "{quoted[:_MAX_QUOTED_LENGTH]}" {verb}: {error}'
    if command.restricted:
        problem_text = f"a reply that only some people can read {verb}; it is not quoted here."
    by_person = command.author is Author.PERSON
    return Notice(
        item=item.id,
        key=item.key,
        source=command.source,
        origin=command.origin,
        at=command.at,
        problem_text=problem_text,
        message_id=error.message_id if by_person and not command.restricted else "",
        facts={} if command.restricted else error.facts,
        by_person=by_person,
    )


def _decide_command(item: WorkItem, command: _GivenCommand, rules: Collection[str], roles: Roles) -> Decision:
    """Make the decision that a command asks for.

    Raises:
        NotPermitted: Its author may not make this decision.
        CommandError: The line is not a valid command.
    """
    if command.author is not Author.PERSON:
        group = "customers" if command.author is Author.CUSTOMER else "programs"
        raise NotPermitted(f"{group} cannot make decisions.")
    parsed = parse_command(command.line, rules, command.at)
    role = roles.role(needed_permission(parsed.kind), command.names)
    if not role:
        raise NotPermitted.by_roles(parsed.kind, roles)
    if command.restricted:
        parsed = msgspec.structs.replace(parsed, reason="", alternative="")
    return make_decision(
        item,
        parsed,
        at=command.at,
        source=command.source,
        identity=command.identity,
        by=role,
        reply=command.origin if command.source == "reply" else "",
        replaces=() if parsed.kind is DecisionKind.RESUME else command.replaces,
    )


def _author(comment: Comment) -> Author:
    """The author whose permissions count: the last editor, or the writer if the writer is not a person of the team."""
    last_author = comment.edited_by or comment.author
    return last_author if comment.author is Author.PERSON else comment.author


def _label_commands(fetched: FetchedItem) -> Iterator[_GivenCommand]:
    """Yield the commands in labels. A label counts as one command until it is removed.

    A label that the item was created with is not an answer, because clones and templates copy labels.
    """
    updated = fetched.item.updated or fetched.item.created
    assumed_change = LabelChange(updated, Author.PERSON) if updated is not None else None
    for label in fetched.item.labels:
        command_line = label_to_command(label)
        if command_line is None:
            continue
        # If the tracker does not report who added the label, a person is assumed, at the item's last change.
        change = fetched.label_changes.get(label) or assumed_change
        if change is None or change.author is Author.THIS_SERVICE or change.at_creation:
            continue
        added_at = change.at.isoformat() if label in fetched.label_changes else ""
        yield _GivenCommand(
            line=command_line,
            source="label",
            origin=label,
            identity=f"{label}\0{added_at}",
            at=change.at,
            author=change.author,
            names=change.names,
        )
