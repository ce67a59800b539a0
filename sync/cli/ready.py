"""`steward ready`: prints whether items are ready for a purpose, with reasons."""

from typing import Annotated

import typer

from rules.model import WorkItem
from rules.readiness import Outcome, Readiness, ReadinessJudge, Verdict
from sync.cli.exit_codes import ExitCode
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TrackerOption
from sync.cli.output import out, print_json, print_table, printable
from sync.cli.store_view import StoreView, open_view
from sync.messages.suggestions import did_you_mean_or_list
from sync.store import Transaction

app = typer.Typer()


@app.command("ready")
def ready(
    keys: Annotated[list[str], typer.Argument(help="The keys of the items, such as PAY-12.")],
    profile: Annotated[
        str,
        typer.Option("--for", help="The purpose: sprint, coding-agent, pi (SAFe), or a profile in rules.yaml."),
    ] = "sprint",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    file: FileOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether items are ready for a sprint, a coding agent or another purpose, and why not.

    The answer is "ready", "not ready" or "cannot know". Exits with 0 only if every item is ready. Reads the store or a
    file; no tracker is contacted.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        profiles = view.session.configuration.ruleset().profiles
        if profile not in profiles:
            raise typer.BadParameter(f'Unknown profile "{profile}".{did_you_mean_or_list(profile, profiles)}')
        items = [view.open_item(transaction, key, tracker) for key in keys]
        results = judge_readiness(view, transaction, items, profile)
    if as_json:
        print_json(results)
    else:
        for result in results:
            _print_readiness(result)
    is_ready = all(result.verdict is Verdict.READY for result in results)
    raise typer.Exit(ExitCode.DONE if is_ready else ExitCode.REFUSED)


def judge_readiness(view: StoreView, transaction: Transaction, items: list[WorkItem], profile: str) -> list[Readiness]:
    """Judge items of the store or file by a profile."""
    ruleset = view.session.configuration.ruleset()
    judges = {
        name: ReadinessJudge(view.backlog(transaction, name), ruleset, view.time)
        for name in {item.tracker for item in items}
    }
    return [judges[item.tracker].judge(item, profile) for item in items]


def _print_readiness(result: Readiness) -> None:
    out.print(f"{printable(result.key)} for {result.profile}: {result.verdict}")
    print_table(
        (
            (reason.requirement, reason.outcome, reason.evidence)
            for reason in result.reasons
            if reason.outcome is not Outcome.NOT_NEEDED
        ),
        indent=2,
    )
