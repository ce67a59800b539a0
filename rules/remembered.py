"""Remembers the verdicts of rules on items, so that an item is judged again only after something has changed.

A verdict depends on three things. Each has a digest, a short hash; as long as the digests are the same, so is the
verdict:

- the item: its content, its team, what customers said about it (feedback), and its comments
- its relatives: its parent, its children, and the items that it is linked to
- the rule: its settings, its code, and its other inputs: the coming sprints, the personas, what it learned from
  finished items, or the order of the backlog and a few attributes of all items

A verdict for which the rule looked at the day holds only on that day.

A rule declares its `inputs`, and cannot access anything else; see `rules.context`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct, field

from rules.context import INPUT_BY_ATTRIBUTE, Input
from rules.model import Backlog, ItemOutline, PackedItems
from rules.rule import Hit, Rule, Unjudged
from rules.ruleset import Ruleset

Digest = bytes
"""A short hash. Content with equal digests is taken to be equal."""
DIGEST_LENGTH = 8
"""The length of a digest in bytes. It is enough, because a digest is only compared with an earlier one of the
same item or rule."""


def digest(content: bytes) -> Digest:
    """Return a short hash of some content."""
    return blake2b(content, digest_size=DIGEST_LENGTH).digest()


_NOT_FOUND = bytes(DIGEST_LENGTH)
"""Stands for the digest of an item that is not open, or unknown."""
_CHILDREN = b"children"
"""Comes before the digests of an item's children."""
_ITEMS_PER_CHUNK = 500
"""The number of items whose values are hashed at once."""
_MAX_JOINED_DIGESTS = 3
"""The maximum number of relatives' digests that are kept as they are. Hashing so few would take longer than comparing
them."""


class RuleOutcome(Struct, frozen=True, array_like=True, gc=False):
    """The result of one rule on one item, besides its hits.

    Attributes:
        is_judged: Whether the rule judged the item.
        counted: The names under which the rule counted the item, to report later why it could not judge some items.
        unknown: The attributes that the rule needs and that are unknown.
        judges_type: For an item of a custom type, which corresponds to no standard kind: whether the rule judges this
            type. None for any other item.
        hit_count: The number of hits.
        looked_at_day: Whether the rule looked at the day, so that the result holds only for that day.
    """

    is_judged: bool = False
    counted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    judges_type: bool | None = None
    hit_count: int = 0
    looked_at_day: bool = False


NOT_JUDGED = RuleOutcome()
JUDGED = RuleOutcome(is_judged=True)
FLAGGED = RuleOutcome(is_judged=True, hit_count=1)
_USUAL_OUTCOMES = (NOT_JUDGED, JUDGED, FLAGGED)
_NUMBER_BY_OUTCOME = {outcome: number for number, outcome in enumerate(_USUAL_OUTCOMES)}

_encode = msgspec.msgpack.Encoder().encode
_decode_outcomes = msgspec.msgpack.Decoder(tuple[int | RuleOutcome, ...]).decode
_decode_hits = msgspec.msgpack.Decoder(dict[int, tuple[Hit, ...]]).decode


def encode_outcomes(outcomes: Iterable[RuleOutcome]) -> bytes:
    """Encode the outcomes of all rules on an item. The three usual ones become numbers, which take one byte."""
    return _encode([_NUMBER_BY_OUTCOME.get(outcome, outcome) for outcome in outcomes])


def decode_outcomes(encoded: bytes) -> tuple[RuleOutcome, ...]:
    """Decode the outcomes of all rules on an item."""
    return tuple(
        entry if isinstance(entry, RuleOutcome) else _USUAL_OUTCOMES[entry] for entry in _decode_outcomes(encoded)
    )


def encode_hits(hits: Mapping[int, Sequence[Hit]]) -> bytes:
    """Encode hits on an item by the index of the rule in `Memory.rules`; empty if there are none."""
    return _encode(hits) if hits else b""


def decode_hits(encoded: bytes) -> Mapping[int, Sequence[Hit]]:
    """Decode hits on an item by the index of the rule in `Memory.rules`."""
    return _decode_hits(encoded) if encoded else {}


class RememberedItem(Struct, frozen=True, gc=False):
    """The verdicts on one item, and the digests that they depend on.

    Attributes:
        basis: The digests of the item and of its relatives.
        outcomes: The encoded outcomes of all rules, in the order of `Memory.rules`.
        hits: The encoded hits of all rules.
    """

    basis: bytes
    outcomes: bytes
    hits: bytes


class RememberedRule(Struct, frozen=True):
    """The digest of one rule, and what it could not judge.

    Attributes:
        id: The id of the rule.
        digest: The digest of the rule as a hexadecimal number; empty if its verdicts must not be used again.
        unjudged: The reasons why it could not judge some items.
        day: The day of its verdicts that depend on the day, in ISO format.
    """

    id: str
    digest: str = ""
    unjudged: tuple[Unjudged, ...] = ()
    day: str = ""


class Memory(Struct, frozen=True):
    """The remembered verdicts on the open items of a tracker.

    Attributes:
        rules: All rules, in the order of the encoded outcomes.
        items: The verdicts on items, by their id.
    """

    rules: tuple[RememberedRule, ...] = ()
    items: Mapping[str, RememberedItem] = field(default_factory=dict)


class Digests:
    """Calculates the digests that the verdicts on a backlog depend on.

    Args:
        ruleset: The rules with their settings.
        day: The day on which the backlog is judged.
        code: A text that changes when the code of the rules changes, such as a hash.
    """

    def __init__(self, backlog: Backlog, ruleset: Ruleset, day: str, code: str) -> None:
        self._backlog = backlog
        self._ruleset = ruleset
        self._day = day
        self._code = code
        self._item_digests = self._digest_items()
        """The digests of the items, by their index in the backlog."""

    def bases(self) -> Iterator[bytes]:
        """Yield the digest of each item, followed by that of its relatives, in the order of the backlog.

        Those of the relatives are kept as they are if they are few; otherwise, they are hashed.
        """
        digests, parents, children = self._item_digests, self._backlog.parents, self._backlog.children
        find_index = self._backlog.indexes_by_key.get
        for outline, own in zip(self._backlog.outlines, digests, strict=True):
            parent, links, is_parent = outline.parent, outline.links, outline.key in parents
            basis = own
            if parent:
                basis += _NOT_FOUND if (index := find_index(parent)) is None else digests[index]
            if not (links or is_parent):
                yield basis
                continue
            parts = [own, basis[DIGEST_LENGTH:]] if parent else [own]
            if is_parent:
                parts.append(_CHILDREN)
                parts += [digests[child.index] for child in children.get(outline.key, ())]
            for link in links:
                if link.tracker:
                    linked = self._backlog.external_items.get((link.tracker, link.target))
                    parts.append(_NOT_FOUND if linked is None else digest(_encode(linked)))
                else:
                    parts.append(_NOT_FOUND if (index := find_index(link.target)) is None else digests[index])
            yield b"".join(parts) if len(parts) <= 1 + _MAX_JOINED_DIGESTS else own + digest(_encode(parts[1:]))

    def rule_digest(self, name: str, learned: bytes | None) -> str:
        """Return the digest of a rule as a hexadecimal number.

        Args:
            name: The id of the rule.
            learned: What the rule learned from finished items; None to take the finished items themselves.
        """
        rule_type = self._ruleset.rule_types[name]
        inputs = rule_type.inputs
        parts: list[object] = [self._code, self._ruleset.languages, self._ruleset.fingerprint(name)]
        if Input.FINISHED in inputs and Input.BACKLOG not in inputs and learned is None:
            # What the rule learned is unknown, and may depend on the day.
            parts.append(self._day)
        if Input.SPRINTS in inputs:
            parts.append(self._backlog.coming_sprints)
        if Input.PERSONAS in inputs:
            parts.append(self._backlog.personas)
        if Input.FAMILY in inputs:
            # `RuleContext.has_hierarchy` depends on this.
            parts.append(bool(self._backlog.parents))
        if Input.FINISHED in inputs:
            parts.append(self._finished_digest if learned is None else learned)
        if Input.BACKLOG in inputs:
            names = sorted(rule_type.backlog_attributes)
            parts += (self._order_digest, *(self._attribute_digests[attribute] for attribute in names))
        return digest(_encode(parts)).hex()

    def _digest_items(self) -> list[Digest]:
        """Return the digests of all items without their relatives."""
        tracker, comments = self._backlog.tracker, self._backlog.comments
        # Of most items, nothing but the stored content counts: without configured teams, the team is the tracker.
        return [
            outline.content_digest
            if outline.content_digest
            and outline.team == tracker
            and not outline.has_feedback
            and (not comments or outline.id not in comments)
            else self._digest_item(outline)
            for outline in self._backlog.outlines
        ]

    def _digest_item(self, outline: ItemOutline) -> Digest:
        """Return the digest of an item without its relatives.

        Its content digest does not include its team, its feedback and its comments.
        """
        content, comments = outline.content_digest, self._backlog.comments.get(outline.id)
        if not content:
            return digest(_encode((self._backlog.items[outline.index], comments)))
        if not outline.has_feedback and comments is None:
            return digest(content + outline.team.encode())
        feedback = self._backlog.items[outline.index].feedback
        return digest(_encode((content, outline.team, feedback, comments)))

    @cached_property
    def _order_digest(self) -> Digest:
        """The digest of the order of all open items, with their ids, keys and levels.

        It includes what is known about this order, about sprints and boards, where items that could not be read belong
        in it, and the items of other trackers.
        """
        backlog = self._backlog
        on_backlog = None if backlog.on_backlog is None else sorted(backlog.on_backlog)
        external_items = sorted(backlog.external_items.items())
        order = [list(map(attrgetter(name), backlog.outlines)) for name in ("id", "key", "level")]
        return digest(
            _encode(
                (order, backlog.ordered, backlog.sprint_source, on_backlog, list(backlog.unread_places), external_items)
            )
        )

    @cached_property
    def _attribute_digests(self) -> Mapping[str, Digest]:
        """The digest of the values of each attribute of all open items that an enabled rule declares.

        For texts, which are not in memory, it is the digest of the items.
        """
        names = {
            attribute
            for rule, rule_type in self._ruleset.rule_types.items()
            if Input.BACKLOG in rule_type.inputs and not self._ruleset.is_off(rule)
            for attribute in rule_type.backlog_attributes
        }
        texts = {attribute for attribute in names if INPUT_BY_ATTRIBUTE.get(attribute) is Input.TEXT}
        digests = dict.fromkeys(texts, digest(_encode(self._item_digests))) if texts else {}
        hashes = {attribute: blake2b(digest_size=DIGEST_LENGTH) for attribute in names - texts}
        items = iter(self._backlog.items if hashes else ())
        while chunk := list(islice(items, _ITEMS_PER_CHUNK)):
            for attribute, hashed in hashes.items():
                hashed.update(_encode(list(map(attrgetter(attribute), chunk))))
        return digests | {attribute: hashed.digest() for attribute, hashed in hashes.items()}

    @cached_property
    def _finished_digest(self) -> Digest:
        """The digest of all finished items."""
        finished = self._backlog.finished
        hashed = blake2b(digest_size=DIGEST_LENGTH)
        for part in finished.chunks if isinstance(finished, PackedItems) else map(_encode, finished):
            hashed.update(part)
        return hashed.digest()


def encode_learned(rule: Rule[Any]) -> bytes | None:
    """Encode what a rule has learned: its attributes after `Rule.prepare`. None if they cannot be encoded."""
    learned = {name: value for name, value in vars(rule).items() if name not in ("settings", "context", "counted")}
    try:
        return msgspec.msgpack.encode(learned, order="deterministic")
    except (TypeError, ValueError):
        return None
