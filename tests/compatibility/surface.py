"""What people and their programs rely on, read from the program itself without naming its modules or classes."""

import contextlib
import enum
import importlib
import json
import pkgutil
import sqlite3
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compatibility.installation import DATA, Installation, moment, replay, time_stands
from compatibility.people import everywhere
from compatibility.trackers import CENTER, CLOUD
from end_to_end.command_line import run_here

_WORDS = ("state", "severity", "verdict", "source", "by", "kind", "action", "mode", "rule", "variant", "markup")
"""Keys of which the values are frozen, too."""
NOW = moment("12 11:00")
COMMANDS = (
    ("pull", "--json", "--tracker", "center"),
    ("plan", "--json", "--verify"),
    ("explain", "PAY-4", "--tracker", "cloud", "--json"),
    ("explain", "PAY-17", "--json"),
    ("explain", "ARC-10", "--json"),
    ("preview", "PAY-2", "--tracker", "cloud", "--json"),
    ("preview", "PAY-4", "--tracker", "center", "--json"),
    ("preview", "4", "--json"),
    ("preview", "--rule", "oversized-story", "--json"),
    ("decisions", "--json"),
    ("decisions", "--format", "json"),
    ("rules", "list", "--json"),
    ("rules", "promote", "unranked-item", "--json"),
    ("waive", "PAY-19", "oversized-story", "--json"),
    ("decide", "PAY-16", "no", "--reason", "too late", "--tracker", "cloud", "--json"),
    ("doctor", "--json"),
    ("check", "archive.jsonl", "--json", "--as-of", "2026-03-02"),
    ("report", "--json"),
    ("undo", "--item", "PAY-4", "--tracker", "center", "--json"),
    ("undo", "--all", "--dry-run", "--json"),
    ("apply", "--json", "--tracker", "azure"),
    ("once", "--json", "--tracker", "cloud"),
    ("decisions", "import", "decisions.csv", "--json"),
)
"""Every command that prints JSON about an installation, and what it exits with is part of it."""


def tour(this: Installation) -> list[dict[str, Any]]:
    """What commands print as JSON, by key and type, and how they exit."""
    (this.folder / "decisions.csv").write_text(
        "key,verdict,rule,reason,tracker\nPAY-3,snooze,,later,center\nPAY-99,waive,,,center\n", encoding="utf-8"
    )
    found = []
    for command in COMMANDS:
        done = this.steward(NOW, *command)
        printed = json.loads(done.stdout) if done.stdout.strip() else None
        found.append(
            {"command": list(command), "code": done.returncode, "keys": keys(printed), "words": words(printed)}
        )
    done = this.steward(NOW, "decisions", "--format", "csv")
    found.append({"command": ["decisions", "csv"], "code": done.returncode, "header": done.stdout.splitlines()[0]})
    return found


_WRITTEN = {
    "rounds": "SELECT tracker, kind, outcome, writes FROM round WHERE started > '2026-03-12' ORDER BY started, tracker, kind, writes",
    "outbox": "SELECT tracker, item, state FROM outbox WHERE created > '2026-03-12' ORDER BY id",
    "effects": "SELECT tracker, item, kind, name FROM ledger WHERE at > '2026-03-12' ORDER BY id",
    "promotions": "SELECT rule, how FROM promotion ORDER BY rule, at",
    "gone": "SELECT tracker, id, gone FROM work_item WHERE gone IS NOT NULL ORDER BY 1, 2",
}


def written(this: Installation) -> dict[str, list[Any]]:
    """What stands in the store after answers in every way, a refused write and one that did not arrive."""
    _, center, azure = everywhere(this.hub)
    with time_stands(moment("12 12:00")):
        center.comment("PAY-3", "/steward wrong oversized-story because we know")
        center.label("PAY-14", "steward-snooze-30d")
        center.delete_comment("PAY-15")
        center.edit_comment("PAY-12", "Leave it.")
        center.label("PAY-13", remove=("needs-refinement",))
        azure.edit("4", wsjf=9)
        azure.delete("10")
    replay(this.hub, "later.jsonl")
    this.hub.refusing.add(CENTER)
    this.hub.dropping.add(CLOUD)
    for at in ("13 13:00", "13 14:00"):
        this.steward(moment(at), "once")
        this.hub.recover()
    found = {name: [list(row) for row in this.rows(query)] for name, query in _WRITTEN.items()}
    decisions = [json.loads(payload) for (payload,) in this.rows("SELECT payload FROM decision")]
    # An undo is known by its round, and a round by chance.
    decisions = [one | {"id": ""} if one["source"] == "undo" else one for one in decisions]
    return {**found, "decisions": sorted(decisions, key=lambda one: json.dumps(one, sort_keys=True))}


def imported(this: Installation) -> list[dict[str, Any]]:
    """What is taken from a file of decisions that has every column there was."""
    (this.folder / "all.csv").write_text(
        "key,verdict,rule,reason,instead,review,tracker\nPAY-12,not-now,,a reason,a note,2027-02-03,center\n",
        encoding="utf-8",
    )
    done = this.steward(moment("13 15:00"), "decisions", "import", "all.csv")
    assert done.returncode == 0, done.stderr
    payloads = this.rows("SELECT payload FROM decision WHERE at > '2026-03-13 14:30'")
    return [json.loads(payload) for (payload,) in payloads]


def promoted_first(this: Installation) -> set[str]:
    """How rules are said to be promoted that are there when writing begins."""
    with contextlib.closing(sqlite3.connect(this.store)) as connection, connection:
        connection.execute("DELETE FROM promotion")
    this.steward(moment("13 16:00"), "apply", "--tracker", "azure")
    return {how for (how,) in this.rows("SELECT how FROM promotion")}


def keys(value: Any) -> dict[str, list[str]]:
    """Types by path."""
    known: dict[str, set[str]] = {}
    for path, leaf in _leaves(value, ""):
        known.setdefault(path, set()).add("null" if leaf is None else type(leaf).__name__)
    return {path: sorted(types) for path, types in sorted(known.items())}


def words(value: Any) -> dict[str, list[str]]:
    """The values under keys whose values are one of a few."""
    known: dict[str, set[str]] = {}
    for path, leaf in _leaves(value, ""):
        name = path.rpartition(".")[2].removesuffix("[]")
        if name in _WORDS and isinstance(leaf, str):
            known.setdefault(path, set()).add(leaf)
    return {path: sorted(values) for path, values in sorted(known.items())}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        yield f"{path}", value
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, value


def schemas(folder: Path) -> dict[str, dict[str, Any]]:
    """The YAML keys of both files, each with its types, its values and its default, as the JSON schemas tell them."""
    done = run_here("schemas", str(folder), cwd=folder)
    assert done.returncode == 0, done.stderr
    return {name: flat_schema(folder / f"{name}.schema.json") for name in ("steward", "rules")}


def flat_schema(file: Path) -> dict[str, Any]:
    """A JSON schema by the path of its keys, whatever its parts are called."""
    whole = json.loads(file.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}

    def walk(part: dict[str, Any], path: str) -> None:
        if "$ref" in part:
            part = {**whole["$defs"][part["$ref"].rpartition("/")[2]], **{k: v for k, v in part.items() if k != "$ref"}}
        here = found.setdefault(path, {"types": [], "values": [], "needed": []})
        if "default" in part and "default" not in here:
            here["default"] = part["default"]
        here["types"] = sorted({*here["types"], *([part["type"]] if "type" in part else [])})
        here["values"] = sorted({*here["values"], *map(str, part.get("enum", [])), *map(str, _const(part))})
        here["needed"] = sorted({*here["needed"], *part.get("required", [])})
        for inner in (*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())):
            walk(inner, path)
        for name, inner in part.get("properties", {}).items():
            walk(inner, f"{path}.{name}")
        for name in ("items", "additionalProperties", "propertyNames"):
            if isinstance(part.get(name), dict):
                walk(part[name], f"{path}.<{name}>")
        for inner in part.get("prefixItems", ()):
            walk(inner, f"{path}.<items>")

    walk(whole, "")
    return found


def _const(part: dict[str, Any]) -> list[Any]:
    return [part["const"]] if "const" in part else []


def values() -> list[list[str]]:
    """The values of every enumeration and of every field of a record that is one of a few words."""
    return sorted({tuple(sorted(one)) for one in _enumerations()}, key=str)  # type: ignore[arg-type]


def _enumerations() -> Iterator[list[str]]:
    for top in ("rules", "connectors", "sync"):
        package = importlib.import_module(top)
        for found in pkgutil.walk_packages(package.__path__, f"{top}."):
            if any(part in found.name for part in ("sandbox", "migrations", "__main__", ".demo")):
                continue
            yield from _in(vars(importlib.import_module(found.name)))


def _in(names: dict[str, Any]) -> Iterator[list[str]]:
    for value in names.values():
        if isinstance(value, type) and issubclass(value, enum.Enum):
            yield [str(one.value) for one in value]
        elif isinstance(value, type) and hasattr(value, "__struct_fields__"):
            for shape in typing.get_type_hints(value).values():
                if typing.get_origin(shape) is typing.Literal:
                    yield [str(one) for one in typing.get_args(shape)]


def facts() -> dict[str, dict[str, dict[str, str]]]:
    """The facts of findings by rule and variant, with their types, as the examples of the rules have them."""
    from rules.catalogue import parse_page  # noqa: PLC0415
    from rules.registry import all_rules  # noqa: PLC0415

    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, rule in all_rules().items():
        for example in parse_page(rule).examples:
            for hit in example.hits(rule):
                kinds = {fact: type(value).__name__ for fact, value in sorted(hit.facts.items())}
                found.setdefault(name, {}).setdefault(hit.variant, {}).update(kinds)
    return found


def kept(name: str) -> Any:
    """One of the snapshots."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))
