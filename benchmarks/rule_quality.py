"""Measure the rules on real backlogs: `make bench-rules`.

The data are read from `../shared/data` and are never part of the repository. Without them, nothing is measured. A rule
that needs more than these data have gets a row that says so. No limit is tuned to the data that it is measured on: for
each item, limits are learned from earlier items only.
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
from rules.flow.durations import (  # noqa: E402
    cycle_days,
    percentile,
    round_up,
)
from rules.flow.sizes import SlowSize, UsualSize, learn_size, learn_slow_shares, parse_size  # noqa: E402
from rules.model import Backlog, Block, BlockKind, FinishedItem, ItemKind, StatusCategory, WorkItem  # noqa: E402
from rules.registry import all_rules  # noqa: E402
from rules.rule import Rule  # noqa: E402
from rules.text import CriteriaStatus, SimilarityIndex, find_criteria, is_subtask_type  # noqa: E402
from support.criteria_labels import LABELS, format_share, kappa, read_items  # noqa: E402

_EXPECTED_SLOW_SHARE = 0.15
"""The share of items that take longer than 85 % of all; assumed for a type without finished items."""
_KNOWN_INPUTS = {Input.FINISHED, Input.TEXT, Input.TODAY}
"""What these data have for a rule to look at."""
BUG_TYPES = frozenset(("bug", "build failure", "problem ticket", "incident"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print every table."""
    csv.field_size_limit(10_000_000)
    if not DATA.exists():
        print(f"Nothing is measured: {DATA} does not exist.")
        return
    for measure in (oversized, outcomes_by_finding, duplicates, story_quality, criteria):
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
    """An item with points, judged when its work began.

    Attributes:
        started: When the work began.
        risk: Its points, and the share of earlier items of its type that were slow.
        is_slow: Whether it took longer in the end than 85 % of the earlier items.
        is_above_85: Whether it had more points than 85 % of the earlier items of its project.
        is_flagged: Whether oversized-story would have had a finding on it.
    """

    started: datetime
    risk: tuple[float, float]
    is_slow: bool
    is_above_85: bool
    is_flagged: bool


def oversized() -> Iterator[str]:
    """Oversized: flagged at the start of work, slow afterwards (judged month by month, 16 projects)"""
    by_project = {path.stem: judge_history(path) for path in sorted((DATA / "5_points_vs_time").glob("[A-Z]*.csv"))}
    items = [item for judged in by_project.values() for item in judged]
    yield header("limit", "flagged", "slow among flagged", "slow among all", "lift")
    for name, field in (("own 85th percentile of points", "is_above_85"), ("oversized-story", "is_flagged")):
        flagged = [item for item in items if getattr(item, field)]
        flagged_share = f"{len(flagged) / len(items):.1%} of {len(items)}"
        slow_flagged, slow_all = slow_share(flagged), slow_share(items)
        yield row(name, flagged_share, f"{slow_flagged:.1%}", f"{slow_all:.1%}", f"{slow_flagged / slow_all:.2f}")
    yield "\nHow well slow items are ranked above others: area under the ROC curve, median project (range).\n"
    yield header("ranked by", "projects", "first half of each project's items", "second half", "all")
    yield from (
        row(name, *describe_ranking(list(by_project.values()), length))
        for name, length in (("points", 1), ("points, then how often its type was slow", 2))
    )


def describe_ranking(projects: Sequence[Sequence[JudgedItem]], length: int) -> Iterator[str]:
    """The cells of a row: how well slow items are ranked above others, in projects with at least 50 items.

    The number of projects comes first, then the median quality on each half of their items and on all.

    Args:
        projects: The items of each project.
        length: How many values of `JudgedItem.risk` the items are ranked by.
    """
    columns: tuple[list[float], list[float], list[float]] = ([], [], [])
    for judged in projects:
        ordered = sorted(judged, key=lambda item: item.started)
        middle = len(ordered) // 2
        for qualities, part in zip(columns, (ordered[:middle], ordered[middle:], ordered), strict=True):
            if len(ordered) >= 50 and (quality := rank_quality(part, length)) is not None:
                qualities.append(quality)
    yield str(max(map(len, columns)))
    yield from (f"{statistics.median(values):.3f} ({min(values):.2f} to {max(values):.2f})" for values in columns)


def slow_share(items: Sequence[JudgedItem]) -> float:
    """The share of items that were slow."""
    return sum(item.is_slow for item in items) / max(len(items), 1)


def rank_quality(items: Sequence[JudgedItem], length: int) -> float | None:
    """How often a slow item has a higher risk than one that was not slow (the area under the ROC curve).

    None if all items were slow, or none was.
    """
    slow = [item.risk[:length] for item in items if item.is_slow]
    not_slow = [item.risk[:length] for item in items if not item.is_slow]
    if not slow or not not_slow:
        return None
    return sum((a > b) + (a == b) / 2 for a in slow for b in not_slow) / (len(slow) * len(not_slow))


def judge_history(path: Path) -> list[JudgedItem]:
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
            months[month] = learn(
                [earlier for earlier in items if month - timedelta(days=365) <= earlier.resolved < month]
            )
        if (learned := months[month]) is not None:
            limit, usual_days, usual_size, slow_shares = learned
            too_large = (isinstance(limit, SlowSize) and size >= limit.size) or (
                isinstance(limit, UsualSize) and size > limit.size
            )
            risk = size, slow_shares.get(item.type, _EXPECTED_SLOW_SHARE)
            judged.append(JudgedItem(item.started, risk, days > usual_days, size > usual_size, too_large))
    return judged


def learn(history: Sequence[FinishedItem]) -> tuple[Any, float, float, Mapping[str, float]] | None:
    """Learn from finished items. None if fewer than 30 of them have a cycle time.

    Returns:
        The limit of oversized-story, the 85th percentiles of cycle time and of points, and by type the share of items
        that were slow.
    """
    durations: dict[str, list[float]] = {}
    for item in history:
        if (days := cycle_days(item)) is not None:
            durations.setdefault(item.type, []).append(days)
    all_durations = [days for of_type in durations.values() for days in of_type]
    if len(all_durations) < 30:
        return None
    sizes = [size for item in history if (size := parse_size(item.points)) is not None]
    usual = round_up(percentile(all_durations, 0.85))
    return learn_size(history), usual, percentile(sizes, 0.85), learn_slow_shares(durations, usual)


def read_finished(path: Path) -> Iterator[FinishedItem]:
    """Read finished items that are neither bugs, epics nor sub-tasks."""
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


def read_csv(path: Path, **csv_format: Any) -> Iterator[dict[str, str]]:
    """Read the rows of a file, compressed or not."""
    open_file = gzip.open if path.suffix == ".gz" else open
    with open_file(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        yield from csv.DictReader(file, **csv_format)


# Rules that look at nothing but the item


class Outcome(NamedTuple):
    """An item, and what became of it; None where that is unknown.

    Attributes:
        slow: Whether it took longer than 85 % of the items of its project.
        spilled: Whether it was in more than one sprint.
    """

    item: WorkItem
    slow: bool | None = None
    spilled: bool | None = None


def outcomes_by_finding() -> Iterator[str]:
    """What became of items with and without each finding: slower than 85%, in more than one sprint"""
    outcomes = list(read_outcomes())
    yield header("rule", "flagged", "slow, flagged and not", "ratio", "spilled, flagged and not", "ratio")
    for name, rule in all_rules().items():
        if missing := rule.inputs - _KNOWN_INPUTS:
            yield row(name, f"skipped: needs {', '.join(sorted(missing))}, which these data do not have", *[""] * 4)
            continue
        judged = list(judge_all(rule, outcomes))
        if len(judged) < 20:
            yield row(name, f"not enough data (n={len(judged)})", *[""] * 4)
            continue
        flags = [flag for _, flag in judged]
        cells = [f"{sum(flags) / len(flags):.1%} of {len(flags)}"]
        for field in ("slow", "spilled"):
            known = [(flag, value) for outcome, flag in judged if (value := getattr(outcome, field)) is not None]
            flagged, others = ([value for flag, value in known if flag is expected] for expected in (True, False))
            cells += compare(flagged, others)
        yield row(name, *cells)


def compare(flagged: Sequence[bool], others: Sequence[bool]) -> list[str]:
    """Two cells: the shares of true values among flagged and other items, and the ratio of these shares."""
    if len(flagged) < 20 or not sum(others):
        return [f"not enough data (n={len(flagged)})", ""]
    flagged_share, other_share = sum(flagged) / len(flagged), sum(others) / len(others)
    shares = f"{flagged_share:.1%} of {len(flagged)}, {other_share:.1%} of {len(others)}"
    return [shares, f"x{flagged_share / other_share:.2f}"]


def judge_all(rule: type[Rule[Any]], outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, bool]]:
    """Judge the items that a rule applies to, project by project; all items of a project count as finished, too."""
    by_project: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_project[outcome.item.key.partition("-")[0]].append(outcome)
    for project in by_project.values():
        finished = [
            FinishedItem(item.id, item.key, NOW, "Story", ItemKind.STORY, points=item.points) for item, *_ in project
        ]
        configured = rule(rule.options())
        configured.prepare(Backlog(tracker="data", items=(), finished=finished), NOW)
        yield from (
            (outcome, bool(configured.judge(outcome.item))) for outcome in project if configured.judges(outcome.item)
        )


def make_item(key: str, title: str, text: str, points: float | None = None) -> WorkItem:
    """Make an open item whose description is one paragraph, because these data have lost their line breaks."""
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
    """Read the stories and tasks of three projects, and whether they were slow or in more than one sprint."""
    sprints: dict[str, set[str]] = defaultdict(set)
    for line in read_csv(DATA / "3_sprint_outcomes" / "issue_sprint_membership.csv.gz"):
        sprints[line["key"]].add(line["sprint.id"])
    for name in ("springxd", "nexus"):
        items, seconds = [], {}
        for line in (DATA / f"{name}_backlog.jsonl").read_text(encoding="utf-8").split("\n"):
            record = json.loads(line) if line else {}
            if not record or record.get("type") in ("Bug", "Epic"):
                continue
            items.append(
                make_item(record["key"], record["title"], record.get("description") or "", record.get("points"))
            )
            if record.get("created") and record.get("resolved"):
                created, resolved = (datetime.fromisoformat(record[field]) for field in ("created", "resolved"))
                seconds[record["key"]] = (resolved - created).total_seconds()
        usual_seconds = percentile(seconds.values(), 0.85)
        for item in items:
            slow = seconds[item.key] > usual_seconds if item.key in seconds else None
            yield Outcome(item, slow, len(sprints[item.key]) > 1 if item.key in sprints else None)
    for line in read_csv(DATA / "2_story_points" / "mesos.csv.gz"):
        if (key := line["issuekey"]) in sprints:
            item = make_item(key, line["title"], line["description"], number(line["storypoint"]))
            yield Outcome(item, spilled=len(sprints[key]) > 1)


# Duplicates


def duplicates() -> Iterator[str]:
    """Likely duplicates: share of the known ones among the ten most similar items, compared with TF-IDF"""
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
        duplicates_by_key = read_duplicates(folder / pairs, texts.keys())
        cells = [
            f"{statistics.mean(len(search(key) & known) / len(known) for key, known in duplicates_by_key.items()):.3f}"
            for search in (search_by_tf_idf(texts), search_by_index(texts))
        ]
        yield row(name, len(duplicates_by_key), *cells)


def read_duplicates(path: Path, keys: Collection[str]) -> dict[str, set[str]]:
    """The known duplicates by item, without items that have none."""
    duplicates_by_key: dict[str, set[str]] = defaultdict(set)
    for line in read_csv(path):
        first, second = line.values()
        for other in (key.strip() for key in second.split(",")):
            if first in keys and other in keys:
                duplicates_by_key[first].add(other)
                duplicates_by_key[other].add(first)
    return duplicates_by_key


def search_by_index(texts: Mapping[str, tuple[str, str]]) -> Callable[[str], set[str]]:
    """Make a search for the ten most similar items, by the index that likely-duplicate uses."""
    keys, index = list(texts), SimilarityIndex()
    for title, text in texts.values():
        index.add(title, text)
    places = {key: place for place, key in enumerate(keys)}
    return lambda key: {keys[match.number] for match in index.most_similar(places[key], 10)}


def search_by_tf_idf(texts: Mapping[str, tuple[str, str]]) -> Callable[[str], set[str]]:
    """Make a search for the ten most similar items, by the cosine of TF-IDF vectors of all words."""
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
    """Story quality: rules, AQUSA and one regular expression, measured by human labels of 103 user stories"""
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
        for violation in ("Atomic", ""):  # the empty text stands for any violation
            truth = [
                violation in story["Our Evaluation"] and story["Our Evaluation"] != "No violation" for story in stories
            ]
            cells += precision_recall(flags, truth)
        yield row(name, sum(flags), *cells)


def is_flagged(rule: type[Rule[Any]], title: str) -> bool:
    """Whether a rule has a finding on an item that has a title and no text."""
    ((_, flag),) = judge_all(rule, [Outcome(make_item("S-1", title, ""))])
    return flag


def precision_recall(flags: Sequence[bool], truth: Sequence[bool]) -> list[str]:
    """Three cells: precision, recall and F1."""
    right = sum(flag and is_true for flag, is_true in zip(flags, truth, strict=True))
    precision, recall = right / max(sum(flags), 1), right / max(sum(truth), 1)
    return [f"{value:.2f}" for value in (precision, recall, 2 * right / max(sum(flags) + sum(truth), 1))]


# Acceptance criteria


def criteria() -> Iterator[str]:
    """Acceptance criteria: rule and a search for these two words, measured by labels that readers gave in two passes"""
    items = read_items()
    truth = {label["key"]: label["second"] == "stated" for label in LABELS}
    finders: dict[str, Callable[[WorkItem], bool]] = {
        "missing-acceptance-criteria": lambda item: find_criteria(item).status is CriteriaStatus.STATED,
        '"acceptance criteria"': lambda item: any("acceptance criteria" in block.text.lower() for block in item.text),
    }
    yield header("finder", "label", "precision", "recall")
    for name, is_stated in finders.items():
        answers = {key: is_stated(items[key]) for key in truth}
        for label_name, value in (("stated", True), ("absent", False)):
            right = sum(truth[key] is value and answers[key] is value for key in truth)
            precision = format_share(right, sum(answer is value for answer in answers.values()))
            yield row(name, label_name, precision, format_share(right, sum(label is value for label in truth.values())))
    yield f"\nThe two passes agree with kappa {kappa():.2f} on {len(LABELS)} items."


if __name__ == "__main__":
    main()
