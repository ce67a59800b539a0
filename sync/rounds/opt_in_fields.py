"""Makes the opt-in fields of a tracker: fields that the service writes only if the settings name them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from rules.model import Backlog
from rules.priority.suggestion import find_suggestions
from sync.opt_in_fields.fields import SUGGESTION_FIELDS, OptInField, make_score_field, make_suggestion_fields
from sync.settings import Configuration
from sync.store import Transaction, items
from sync.store.backlogs import NO_FINISHED_ITEMS, load_backlog


def make_opt_in_fields(
    configuration: Configuration, names: Iterable[str], load_backlogs: Callable[[], Sequence[Backlog]], now: datetime
) -> Mapping[str, OptInField]:
    """Make the fields, by their name in the configuration: the score always, the others if `names` has one of them.

    Args:
        names: The keys under `write.fields` whose fields the tracker has.
        load_backlogs: Loads the backlogs of all trackers, whose items are put into one suggested order. Called only if
            a field depends on that order.
    """
    options = configuration.ruleset().priority.wsjf
    fields = [make_score_field(options)]
    if not set(SUGGESTION_FIELDS).isdisjoint(names):
        suggestions = find_suggestions(load_backlogs(), now, options)
        fields += make_suggestion_fields(suggestions, configuration.messages, options)
    return {field.name: field for field in fields}


def load_all_backlogs(transaction: Transaction, configuration: Configuration, *loaded: Backlog) -> list[Backlog]:
    """Return the open items of all trackers, with the feedback and the personas that the team records.

    Args:
        loaded: Backlogs that have already been loaded, and are returned as they are.
    """
    settings = configuration.settings
    trackers = settings.trackers.keys() - {backlog.tracker for backlog in loaded}
    others = [
        configuration.add_feedback_and_personas(
            load_backlog(
                transaction,
                tracker,
                NO_FINISHED_ITEMS,
                teams=settings.team_map,
                load_texts=partial(items.texts, transaction, tracker),
            )
        )
        for tracker in sorted(trackers)
    ]
    return [*loaded, *others]
