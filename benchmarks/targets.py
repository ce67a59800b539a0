"""Compares the measured figures with the targets, in a table for docs/benchmarks.md."""

from collections.abc import Iterator
from typing import NamedTuple


class Measured(NamedTuple):
    """The figures for which there are targets.

    Attributes:
        jira_pull: A first pull of Jira, stored: how many times as many items a second as `jira` objects, not stored.
        jira_read: The same, not stored.
        jira_pull_at_200_ms: Like `jira_pull`, with 200 ms a request.
        jira_second_pull_requests: The requests of a pull of Jira in which nothing has changed.
        azure_requests: The requests of a first pull of Azure DevOps, by item, without those for comments.
        azure_rate_at_200_ms: Items a second of a first pull of Azure DevOps with 200 ms a request and the default rate.
        first_round_megabytes: The peak of memory of a first round on 200,000 items.
        changed_round: The processor time of a round with 100 changed items, as a share of that of the first round.
        changed_verdicts: The time to judge 100 changed items, as a share of that for all, by rules that look at items
            and links.
        help_seconds: The processor time of `steward --help`.
    """

    jira_pull: float
    jira_read: float
    jira_pull_at_200_ms: float
    jira_second_pull_requests: int
    azure_requests: float
    azure_rate_at_200_ms: float
    first_round_megabytes: float
    changed_round: float
    changed_verdicts: float
    help_seconds: float


_LIMIT_OF_PULLS = 'no: see the steps under "Jira Cloud"'
_LIMIT_OF_ROUNDS = 'no: see the stages under "Rounds on 200,000 items"'


def compare_with_targets(measured: Measured) -> Iterator[str]:
    """Yield the lines of the table."""
    rows = (
        (
            "Jira, first pull, stored, against `jira` objects",
            f"{measured.jira_pull:.1f} times",
            "6 times",
            measured.jira_pull >= 6,
            _LIMIT_OF_PULLS,
        ),
        (
            "the same, not stored",
            f"{measured.jira_read:.1f} times",
            "10 times",
            measured.jira_read >= 10,
            _LIMIT_OF_PULLS,
        ),
        (
            "the same, stored, 200 ms a request",
            f"{measured.jira_pull_at_200_ms:.1f} times",
            "10 times",
            measured.jira_pull_at_200_ms >= 10,
            _LIMIT_OF_PULLS,
        ),
        (
            "Jira, second pull, nothing changed",
            f"{measured.jira_second_pull_requests} requests",
            "at most 3",
            measured.jira_second_pull_requests <= 3,
            "no",
        ),
        (
            "Azure DevOps, first pull",
            f"{measured.azure_requests:.3f} requests an item",
            "at most 0.05",
            measured.azure_requests <= 0.05,
            "no",
        ),
        (
            "the same, 200 ms a request, default rate",
            f"{measured.azure_rate_at_200_ms:,.0f} items a second",
            "at least 540",
            measured.azure_rate_at_200_ms >= 540,
            "no",
        ),
        (
            "first round on 200,000 items, 40 % open",
            f"{measured.first_round_megabytes:.0f} MB",
            "at most 200 MB",
            measured.first_round_megabytes <= 200,
            _LIMIT_OF_ROUNDS,
        ),
        (
            "the same with 100 changed items, against the first round",
            f"{measured.changed_round:.1%}",
            "under 1 %",
            measured.changed_round < 0.01,
            _LIMIT_OF_ROUNDS,
        ),
        (
            "100 changed items, rules that look at items and links, against judging everything",
            f"{measured.changed_verdicts:.2%}",
            "under 1 %",
            measured.changed_verdicts < 0.01,
            _LIMIT_OF_ROUNDS,
        ),
        (
            "`steward --help`, processor time",
            f"{measured.help_seconds:.2f} s",
            "0.25 s",
            measured.help_seconds <= 0.25,
            "no",
        ),
    )
    yield "| work | measured | wanted | reached |"
    yield "| --- | --- | --- | --- |"
    for work, figure, wanted, is_reached, reason in rows:
        yield f"| {work} | {figure} | {wanted} | {'yes' if is_reached else reason} |"
