"""Queries of links: items with what they are linked to, one step far or down a whole tree."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from steward_sandbox.azure_devops.links import LINK_TYPES, direction
from steward_sandbox.azure_devops.wiql import Clause, Condition, Joined, Query, Side, WiqlError, clauses
from steward_sandbox.azure_devops.wiql_match import Matcher, Predicate, Row
from steward_sandbox.azure_devops.world import World

LINK_TYPE = "System.Links.LinkType"


class Step(NamedTuple):
    """One line of the answer: an item by itself, or an item that another one is linked to."""

    rel: str | None
    source: int | None
    target: int


def found(world: World, matcher: Matcher, query: Query, rows: list[Row]) -> list[Step]:
    """What a query of links finds.

    Raises:
        WiqlError: Its conditions mix the two ends, or it is a tree that should be sorted or in the past.
    """
    if query.mode == "recursive" and (query.order or query.as_of is not None):
        raise WiqlError("A recursive query takes neither ORDER BY nor ASOF.", "MODE (Recursive)")
    parts = _parts(query.where)
    rels = _rels([part for part in parts if _side(part) == "link"])
    starts = _joined(matcher, [part for part in parts if _side(part) == "source"])
    ends = _joined(matcher, [part for part in parts if _side(part) == "target"])
    known = {row.item.id: row for row in rows}
    order = [(name, down, side) for name, down, side in query.order if side != "target"]
    top = matcher.ordered([row for row in rows if starts(row)], order)
    if query.mode == "recursive":
        return _tree(world, top, known, ends, rels)
    steps: list[Step] = []
    for row in top:
        hits = [
            Step(relation.rel, row.item.id, relation.other)
            for relation in world.links.of(row.item.id)
            if relation.rel in rels and relation.other in known and ends(known[relation.other])
        ]
        if (query.mode == "doesnotcontain") == bool(hits) and query.mode != "maycontain":
            continue
        shown = [] if query.mode == "doesnotcontain" else sorted(hits, key=lambda step: step.target)
        steps += [Step(None, None, row.item.id), *shown]
    return steps


def _tree(world: World, top: list[Row], known: dict[int, Row], ends: Predicate, rels: set[str]) -> list[Step]:
    """Every start that lies below no other one, with everything below it."""
    starts = {row.item.id for row in top}
    steps: list[Step] = []

    def below(number: int, seen: frozenset[int]) -> None:
        targets = sorted(r.other for r in world.links.of(number) if r.rel in rels and r.other in known)
        for target in targets:
            if target not in seen and ends(known[target]):
                steps.append(Step(next(iter(rels)), number, target))
                below(target, seen | {target})

    for row in top:
        above = world.links.parent(row.item.id)
        if above in starts:
            continue
        steps.append(Step(None, None, row.item.id))
        below(row.item.id, frozenset({row.item.id}))
    return steps


def _parts(condition: Condition | None) -> list[Condition]:
    if isinstance(condition, Joined) and condition.how == "and":
        return [leaf for part in condition.parts for leaf in _parts(part)]
    return [] if condition is None else [condition]


def _side(condition: Condition) -> Side | str:
    sides = {
        "link" if clause.field.casefold() == LINK_TYPE.casefold() else clause.side for clause in clauses(condition)
    }
    if len(sides) != 1:
        raise WiqlError("A condition must not mix both ends of a link.", next(clauses(condition)).cause)
    side = sides.pop()
    if side == "":
        raise WiqlError("Expecting [Source] or [Target].", next(clauses(condition)).cause)
    return side


def _rels(conditions: Iterable[Condition]) -> set[str]:
    """The directions of links that are asked for; without a condition, all of them."""
    every = {kind.rel(forward=way) for kind in LINK_TYPES.values() for way in (True, False)}
    kept = every
    for condition in conditions:
        test = _rel_test(condition)
        kept = {rel for rel in kept if test(rel)}
    return kept


def _rel_test(condition: Condition) -> Callable[[str], bool]:
    if isinstance(condition, Clause):
        wanted = {operand.text.casefold() for operand in condition.operands}
        if condition.operator not in ("=", "in", "<>"):
            raise WiqlError("The specified operator cannot be used with link types.", condition.cause)
        if condition.operator == "<>":
            return lambda rel: not _called(rel) & wanted
        return lambda rel: bool(_called(rel) & wanted)
    tests = [_rel_test(part) for part in condition.parts]
    match condition.how:
        case "not":
            return lambda rel: not tests[0](rel)
        case "and":
            return lambda rel: all(test(rel) for test in tests)
    return lambda rel: any(test(rel) for test in tests)


def _called(rel: str) -> set[str]:
    kind = direction(rel)
    return {rel.casefold(), kind[0].name(forward=kind[1]).casefold()} if kind else {rel.casefold()}


def _joined(matcher: Matcher, conditions: list[Condition]) -> Predicate:
    return matcher.predicate(Joined("and", tuple(conditions))) if conditions else matcher.predicate(None)
