"""Prints the comments that a first round would write on recorded backlogs: `make first-round`.

Reads `../shared/data` and writes nothing. Comments are about the items that come next: those of the coming sprint, else
the top of the backlog. A rule that flags most of a backlog asks about only three items a week. If there are few
comments, comments on the following items are printed as well.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from real_backlogs import write_backlog

from connectors.connection import Capabilities
from connectors.markup import Markup, render
from rules.model import WorkItem
from sync.cli.store_view import open_view
from sync.inspect.preview import preview
from sync.messages import Messages, languages, shipped_messages
from sync.rounds.item_view import simulated_view
from sync.rounds.simulated_round import SimulatedRound
from sync.settings import Configuration
from sync.store import Transaction
from sync.store.records import CommentContent
from sync.writeback import make_plan

_BACKLOGS = {"springxd": "2014-01-01", "nexus": "2018-04-01", "evergreen": "2019-07-01"}
"""The backlogs, each with the day on which the round is simulated."""
_MIN_COMMENTS = 3
"""The number of comments to print for each backlog, if there are as many."""


def main() -> None:
    """Print the comments, backlog by backlog."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", default="en", choices=languages())
    messages = shipped_messages(parser.parse_args().language)
    for name, day in _BACKLOGS.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "backlog.jsonl")
            write_backlog(name, file)
            _print_backlog(name, file, day, messages)


def _print_backlog(name: str, file: Path, day: str, messages: Messages) -> None:
    with open_view(None, file, datetime.fromisoformat(day)) as view, view.session.database.reading() as transaction:
        view.session.configuration = replace(view.session.configuration, messages=messages)
        simulated = view.judge(transaction, next(iter(view.session.configuration.settings.trackers)))
        print(f"# {name}, as of {day}\n")
        for rule, question in simulated.result.questions.items():
            print(f"To the team about {rule}: {question}\n")
        _print_comments(transaction, view.session.configuration, simulated)


def _print_comments(transaction: Transaction, configuration: Configuration, simulated: SimulatedRound) -> None:
    next_ids = {item_id for next_up in simulated.result.next_up.values() for item_id in next_up.items}
    comments = dict(_planned_comments(configuration, simulated))
    printed = 0
    for item in simulated.judged.backlog.items:
        if item.id in next_ids and item.id in comments:
            printed += 1
            _print_comment(item, comments[item.id])
    print(f"{printed} comments on the {len(next_ids)} items that come next.\n")
    for item in simulated.judged.backlog.items:
        if printed < _MIN_COMMENTS and item.id not in next_ids:
            content = preview(simulated_view(transaction, simulated, item), configuration).content
            if content is not None:
                printed += 1
                print("Further down in the backlog, where nothing is written yet:\n")
                _print_comment(item, content)


def _print_comment(item: WorkItem, content: CommentContent) -> None:
    print(f"## {item.key}  {item.title}\n\n{render(content.document, Markup.TEXT)}\n")


def _planned_comments(configuration: Configuration, simulated: SimulatedRound) -> Iterator[tuple[str, CommentContent]]:
    """Yield the comments that a round would write if the file were a tracker that allows comments, with the item id."""
    inputs = replace(simulated.inputs, capabilities=Capabilities(can_label=False), messages=configuration.messages)
    for planned in make_plan(inputs, budget=sys.maxsize).items:
        if planned.comment is not None and planned.comment.content is not None:
            yield planned.item, planned.comment.content


if __name__ == "__main__":
    main()
