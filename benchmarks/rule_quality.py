"""Measure the rules on real backlogs: `make bench-rules`.

The data lie in `../shared/data` beside the repository and are never part of it. Where a set or a rule is absent, its
rows say why they are skipped. Nothing here is tuned to the data: what is learned is learned from earlier items only.
"""

import csv
import gzip
import json
import math
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from rules.context import Input  # noqa: E402
from rules.flow import SlowSize, UsualSize, cycle_days, learn_size, learn_slow_shares, parse_size, percentile  # noqa: E402
from rules.flow.durations import round_up  # noqa: E402
from rules.model import Backlog, Block, BlockKind, FinishedItem, ItemKind, StatusCategory, WorkItem  # noqa: E402
from rules.registry import all_rules  # noqa: E402
from rules.rule import Rule  # noqa: E402
from rules.text import CriteriaStatus, SimilarityIndex, find_criteria, is_subtask_type  # noqa: E402
from support.criteria_labels import LABELS, format_share, kappa, read_items  # noqa: E402

_SLOW_BY_DEFINITION = 0.15
"""The share of items that take longer than 85 % of them; expected of a type that was never finished."""
BUG_TYPES = frozenset(("bug", "build failure", "problem ticket", "incident"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print every table, or why it is skipped."""
    csv.field_size_limit(10_000_000)
    if not DATA.exists():
        print(f"Skipped: {DATA} is not here.")
        return
    for measure in (oversized, signs, duplicates, story_quality, criteria):
        print(f"\n## {measure.__doc__}\n")
        for line in measure():
            print(line)


def row(*cells: object) -> str:
    """Format one row of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def header(*names: str) -> str:
    """Format the head of a Markdown table."""
    return f"{row(*names)}\n|{'---|' * len(names)}"


# Sizes


class JudgedItem(NamedTuple):
    """One sized item at the start of its work.

    Attributes:
        started: When the work began.
        risk: Its points, and how often items of its type had been slow.
        is_slow: Whether it took longer than usual in the end.
        is_above_85: Whether its points were above the own 85th percentile.
        is_flagged: Whether oversized-story would have asked about it.
    """

    started: datetime
    risk: tuple[float, float]
    is_slow: bool
    is_above_85: bool
    is_flagged: bool


def oversized() -> Iterator[str]:
    """Oversized: flagged at the start of work, slow afterwards (walked forward by month, 16 projects)"""
    by_project = {path.stem: walk(path) for path in sorted((DATA / "5_points_vs_time").glob("[A-Z]*.csv"))}
    items = [item for judged in by_project.values() for item in judged]
    yield header("limit", "flagged", "slow among flagged", "slow among all", "lift")
    for name, field in (("own 85th percentile of points", "is_above_85"), ("oversized-story", "is_flagged")):
        flagged = [item for item in items if getattr(item, field)]
        slow, base = share(flagged), share(items)
        yield row(
            name, f"{len(flagged) / len(items):.1%} of {len(items)}", f"{slow:.1%}", f"{base:.1%}", f"{slow / base:.2f}"
        )
    yield "\nHow well slow items are ranked above others: area under the ROC curve, median project (range).\n"
    yield header("ranked by", "projects", "first half of each project's items", "second half", "all")
    yield from (
        row(name, *describe_ranking(list(by_project.values()), length))
        for name, length in (("points", 1), ("points, then how often its type was slow", 2))
    )


def describe_ranking(projects: Sequence[Sequence[JudgedItem]], length: int) -> Iterator[str]:
    """The number of projects with 50 items, and the median quality of a ranking on each half of their items and on all.

    Args:
        projects: The items of each project.
        length: How many parts of `JudgedItem.risk` are used.
    """
    columns: tuple[list[float], list[float], list[float]] = ([], [], [])
    for judged in projects:
        ordered = sorted(judged, key=lambda item: item.started)
        middle = len(ordered) // 2
        for values, part in zip(columns, (ordered[:middle], ordered[middle:], ordered), strict=True):
            if len(ordered) >= 50 and (auc := rank_quality(part, length)) is not None:
                values.append(auc)
    yield str(max(map(len, columns)))
    yield from (f"{statistics.median(values):.3f} ({min(values):.2f} to {max(values):.2f})" for values in columns)


def share(items: Sequence[JudgedItem]) -> float:
    """The share of items that were slow."""
    return sum(item.is_slow for item in items) / max(len(items), 1)


def rank_quality(items: Sequence[JudgedItem], length: int) -> float | None:
    """The area under the ROC curve of the risk for "slow"; None where all or none were slow."""
    slow = [item.risk[:length] for item in items if item.is_slow]
    rest = [item.risk[:length] for item in items if not item.is_slow]
    if not slow or not rest:
        return None
    return sum((a > b) + (a == b) / 2 for a in slow for b in rest) / (len(slow) * len(rest))


def walk(path: Path) -> list[JudgedItem]:
    """Judge each finished item by what had been finished before the month in which its work began."""
    items = sorted(read_finished(path), key=lambda item: item.resolved)
    months: dict[datetime, tuple[Any, float, float, Mapping[str, float]] | None] = {}
    judged = []
    for item in items:
        size = parse_size(item.points)
        if (days := cycle_days(item)) is None or item.started is None or size is None:
            continue
        month = item.started.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if month not in months:
            months[month] = learn([known for known in items if month - timedelta(days=365) <= known.resolved < month])
        if (learned := months[month]) is not None:
            limit, usual, largest_usual, slow_shares = learned
            too_large = (isinstance(limit, SlowSize) and size >= limit.size) or (
                isinstance(limit, UsualSize) and size > limit.size
            )
            risk = size, slow_shares.get(item.type, _SLOW_BY_DEFINITION)
            judged.append(JudgedItem(item.started, risk, days > usual, size > largest_usual, too_large))
    return judged


def learn(history: Sequence[FinishedItem]) -> tuple[Any, float, float, Mapping[str, float]] | None:
    """The limit, the usual time and size, and how often each type was slow; None where few cycle times are known."""
    durations = [days for item in history if (days := cycle_days(item)) is not None]
    if len(durations) < 30:
        return None
    sizes = [size for item in history if (size := parse_size(item.points)) is not None]
    usual = round_up(percentile(durations, 0.85))
    return learn_size(history), usual, percentile(sizes, 0.85), learn_slow_shares(history, usual)


def read_finished(path: Path) -> Iterator[FinishedItem]:
    """Read finished stories, improvements and tasks: bugs and sub-tasks are not judged."""
    for line in read_csv(path):
        kind = line["Type"].casefold()
        if kind in BUG_TYPES or kind == "epic" or is_subtask_type(line["Type"]) or line["Resolution_Date"] == "NULL":
            continue
        end = datetime.fromisoformat(line["Resolution_Date"]).replace(tzinfo=UTC)
        minutes = number(line["In_Progress_Minutes"])
        yield FinishedItem(
            id=line["Issue_Key"],
            key=line["Issue_Key"],
            resolved=end,
            type=line["Type"],
            points=number(line["Story_Point"]),
            started=end - timedelta(minutes=minutes) if minutes else None,
        )


def number(text: str) -> float | None:
    """Parse a number of these files; None for a missing one."""
    return None if text in ("", "NULL") else float(text)


def read_csv(path: Path, **how: Any) -> Iterator[dict[str, str]]:
    """Read the rows of a file, compressed or not."""
    read = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        yield from csv.DictReader(file, **how)


# Rules that look at nothing but the item


class Outcome(NamedTuple):
    """An item, and what became of it where that is known."""

    item: WorkItem
    slow: bool | None = None
    spilled: bool | None = None


def signs() -> Iterator[str]:
    """What became of items with and without each finding: slower than 85%, in more than one sprint"""
    outcomes = list(read_outcomes())
    yield header("rule", "flagged", "slow, flagged and not", "ratio", "spilled, flagged and not", "ratio")
    for name, rule in all_rules().items():
        if lacking := rule.inputs - {Input.TEAM}:
            yield row(name, f"skipped: needs {', '.join(sorted(lacking))}, which these data do not have", *[""] * 4)
            continue
        judged = list(judge_all(rule, outcomes))
        if len(judged) < 20:
            yield row(name, f"not enough data (n={len(judged)})", *[""] * 4)
            continue
        flags = [flag for _, flag in judged]
        cells = [f"{sum(flags) / len(flags):.1%} of {len(flags)}"]
        for field in ("slow", "spilled"):
            known = [(flag, value) for outcome, flag in judged if (value := getattr(outcome, field)) is not None]
            with_it, without = ([value for flag, value in known if flag is wanted] for wanted in (True, False))
            cells += compare(with_it, without)
        yield row(name, *cells)


def compare(with_it: Sequence[bool], without: Sequence[bool]) -> list[str]:
    """Two shares and their ratio."""
    if len(with_it) < 20 or not sum(without):
        return [f"not enough data (n={len(with_it)})", ""]
    flagged, rest = sum(with_it) / len(with_it), sum(without) / len(without)
    return [f"{flagged:.1%} of {len(with_it)}, {rest:.1%} of {len(without)}", f"x{flagged / rest:.2f}"]


def judge_all(rule: type[Rule[Any]], outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, bool]]:
    """Judge the items that a rule applies to, project by project, beside the sizes of what the project finished."""
    by_project: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_project[outcome.item.key.partition("-")[0]].append(outcome)
    for known in by_project.values():
        finished = [
            FinishedItem(one.item.id, one.item.key, NOW, "Story", ItemKind.STORY, points=one.item.points)
            for one in known
        ]
        configured = rule(rule.options())
        configured.prepare(Backlog(tracker="data", items=(), finished=finished), NOW)
        yield from ((one, bool(configured.judge(one.item))) for one in known if configured.judges(one.item))


def make_item(key: str, title: str, text: str, points: float | None = None) -> WorkItem:
    """An open item with a title and a description in one paragraph: the line breaks are lost in these data."""
    blocks = (Block(BlockKind.PARAGRAPH, text),) if text else ()
    return WorkItem(
        tracker="data",
        id=key,
        key=key,
        title=title,
        text=blocks,
        kind=ItemKind.STORY,
        type="Story",
        points=points,
        category=StatusCategory.TO_DO,
    )


def read_outcomes() -> Iterator[Outcome]:
    """Stories and tasks of projects whose text is known, with their time and their sprints."""
    sprints: dict[str, set[str]] = defaultdict(set)
    for line in read_csv(DATA / "3_sprint_outcomes" / "issue_sprint_membership.csv.gz"):
        sprints[line["key"]].add(line["sprint.id"])
    for name in ("springxd", "nexus"):
        items, lengths = [], {}
        for line in (DATA / f"{name}_backlog.jsonl").read_text(encoding="utf-8").split("\n"):
            given = json.loads(line) if line else {}
            if not given or given.get("type") in ("Bug", "Epic"):
                continue
            items.append(make_item(given["key"], given["title"], given.get("description") or "", given.get("points")))
            if given.get("created") and given.get("resolved"):
                begin, end = (datetime.fromisoformat(given[field]) for field in ("created", "resolved"))
                lengths[given["key"]] = (end - begin).total_seconds()
        usual = percentile(lengths.values(), 0.85)
        for item in items:
            slow = lengths[item.key] > usual if item.key in lengths else None
            yield Outcome(item, slow, len(sprints[item.key]) > 1 if item.key in sprints else None)
    for name in ("mesos",):
        for line in read_csv(DATA / "2_story_points" / f"{name}.csv.gz"):
            if (key := line["issuekey"]) in sprints:
                yield Outcome(
                    make_item(key, line["title"], line["description"], number(line["storypoint"])),
                    None,
                    len(sprints[key]) > 1,
                )


# Duplicates


def duplicates() -> Iterator[str]:
    """Likely duplicates: share of the known ones among the ten most similar items, beside TF-IDF"""
    yield header("backlog", "queries", "TF-IDF", "likely-duplicate")
    folder = DATA / "4_duplicates"
    sets = (
        ("Hadoop bugs", "hadoop_bugs.csv.gz", "hadoop_duplicate_pairs.csv", ("Issue id", "Summary", "Description")),
        (
            "Spring XD",
            "springxd_backlog_3565_issues.csv.gz",
            "springxd_duplicate_story_pairs.csv",
            ("issuekey", "title", "description"),
        ),
    )
    for name, backlog, pairs, columns in sets:
        texts = {line[columns[0]]: (line[columns[1]], line[columns[2]]) for line in read_csv(folder / backlog)}
        wanted = read_duplicates(folder / pairs, texts.keys())
        cells = [
            f"{statistics.mean(len(found(key) & twins) / len(twins) for key, twins in wanted.items()):.3f}"
            for found in (find_by_tf_idf(texts), find_by_index(texts))
        ]
        yield row(name, len(wanted), *cells)


def read_duplicates(path: Path, keys: Collection[str]) -> dict[str, set[str]]:
    """The known duplicates of each item of a backlog that has one."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for line in read_csv(path):
        first, second = line.values()
        for other in (key.strip() for key in second.split(",")):
            if first in keys and other in keys:
                wanted[first].add(other)
                wanted[other].add(first)
    return wanted


def find_by_index(texts: Mapping[str, tuple[str, str]]) -> Callable[[str], set[str]]:
    """Make a search by the product's own index."""
    keys, index = list(texts), SimilarityIndex()
    for title, text in texts.values():
        index.add(title, text)
    places = {key: place for place, key in enumerate(keys)}
    return lambda key: {keys[match.number] for match in index.most_similar(places[key], 10)}


def find_by_tf_idf(texts: Mapping[str, tuple[str, str]]) -> Callable[[str], set[str]]:
    """Make a search by the cosine of TF-IDF vectors of all words."""
    counts = {key: Counter(re.findall(r"\w+", f"{title} {text}".lower())) for key, (title, text) in texts.items()}
    documents = Counter(word for words in counts.values() for word in words)
    postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
    vectors = {}
    for key, words in counts.items():
        weights = {
            word: (1 + math.log(count)) * math.log(len(counts) / documents[word]) for word, count in words.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors[key] = {word: weight / length for word, weight in weights.items()}
        for word, weight in vectors[key].items():
            postings[word].append((key, weight))

    def search(key: str) -> set[str]:
        scores: Counter[str] = Counter()
        for word, weight in vectors[key].items():
            for other, other_weight in postings[word]:
                scores[other] += weight * other_weight  # type: ignore[assignment]
        del scores[key]
        return {other for other, _ in scores.most_common(10)}

    return search


# Story quality


def story_quality() -> Iterator[str]:
    """Story quality: human labels of 103 user stories, beside AQUSA and one line"""
    stories = [
        line
        for name in ("g04_qus_labels.csv", "g16_qus_labels.csv")
        for line in read_csv(DATA / "1_story_quality" / name, delimiter=";")
    ]
    judges: dict[str, Callable[[dict[str, str]], bool]] = {
        "AQUSA, atomic": lambda story: "Atomic" in story["AQUSA Evaluation"],
        'and|or before "so that"': lambda story: bool(
            re.search(r"\b(and|or)\b", re.split(r"(?i)\bso that\b", story["User Story"])[0])
        ),
    }
    for name in ("split-candidate", "vague-title"):
        if name in all_rules():
            judges[name] = lambda story, name=name: is_flagged(all_rules()[name], story["User Story"])  # type: ignore[misc]
    yield header("judge", "flagged", "atomic: precision", "recall", "F1", "any violation: precision", "recall", "F1")
    for name, judge in judges.items():
        flags = [judge(story) for story in stories]
        cells = []
        for wanted in ("Atomic", ""):
            truth = [
                wanted in story["Our Evaluation"] and story["Our Evaluation"] != "No violation" for story in stories
            ]
            cells += precision_recall(flags, truth)
        yield row(name, sum(flags), *cells)


def is_flagged(rule: type[Rule[Any]], title: str) -> bool:
    """Whether a rule has a finding on an item that is only a title."""
    ((_, flag),) = judge_all(rule, [Outcome(make_item("S-1", title, ""))])
    return flag


def precision_recall(flags: Sequence[bool], truth: Sequence[bool]) -> list[str]:
    """Precision, recall and F1."""
    right = sum(flag and true for flag, true in zip(flags, truth, strict=True))
    precision, recall = right / max(sum(flags), 1), right / max(sum(truth), 1)
    return [f"{value:.2f}" for value in (precision, recall, 2 * right / max(sum(flags) + sum(truth), 1))]


# Acceptance criteria


def criteria() -> Iterator[str]:
    """Acceptance criteria: items labelled by readers in two passes, beside the words "acceptance criteria" alone"""
    items = read_items()
    truth = {label["key"]: label["second"] == "stated" for label in LABELS}
    finders: dict[str, Callable[[WorkItem], bool]] = {
        "missing-acceptance-criteria": lambda item: find_criteria(item).status is CriteriaStatus.STATED,
        '"acceptance criteria"': lambda item: any("acceptance criteria" in block.text.lower() for block in item.text),
    }
    yield header("finder", "label", "precision", "recall")
    for name, is_stated in finders.items():
        found = {key: is_stated(items[key]) for key in truth}
        for label, value in (("stated", True), ("absent", False)):
            right = sum(truth[key] is value and found[key] is value for key in truth)
            precision = format_share(right, sum(flag is value for flag in found.values()))
            yield row(name, label, precision, format_share(right, sum(flag is value for flag in truth.values())))
    yield f"\nThe two passes agree with kappa {kappa():.2f} on {len(LABELS)} items."


if __name__ == "__main__":
    main()
