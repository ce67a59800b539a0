"""Lists the items with the highest WSJF scores, and the items whose score cannot be calculated.

WSJF (weighted shortest job first) divides the cost of delay by the job size. Its inputs are relative numbers, so all
items should use one scale: a line also warns about each input whose values are too far apart.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from rules.model import WorkItem
from rules.priority.wsjf import Score, WsjfOptions, find_wide_scales, wsjf
from sync.messages.catalogue import Messages

_MAX_LISTED_ITEMS = 3


def score_lines(
    items: Iterable[WorkItem], options: WsjfOptions, messages: Messages, *, absent_score_inputs: Collection[str] = ()
) -> Iterator[str]:
    """Yield at most one line about scores, one about scores that cannot be calculated, and one for each wide input.

    An input is wide if its values are too far apart to be on one scale.

    Args:
        absent_score_inputs: The inputs for which the tracker has no field. An item that lacks one of them is not
            listed, because nobody can fill it in.
    """
    scores: list[tuple[float, str]] = []
    unscored_entries: list[str] = []

    def score_all() -> Iterator[WorkItem]:
        """Score the items one by one, and yield those that need a score."""
        for item in items:
            if (score := wsjf(item, options)) is None:
                continue
            if isinstance(score, Score):
                scores.append((score.value, item.key))
            elif set(score.missing).isdisjoint(absent_score_inputs):
                unscored_entries.append(f"{item.key} ({messages.explain_missing_score(score)})")
            yield item

    wide_scales = find_wide_scales(score_all(), options)
    scores.sort(key=lambda score: -score[0])
    scored_entries = [f"{key} {messages.amount(value)}" for value, key in scores]
    yield from _format_list("ranked", scored_entries, messages)
    yield from _format_list("unscored", unscored_entries, messages)
    for scale in wide_scales:
        yield messages.text(
            "score.wide",
            name=messages.name("score.names", scale.name),
            low=scale.low,
            low_key=scale.low_key,
            high=scale.high,
            high_key=scale.high_key,
        )


def _format_list(key: str, entries: Sequence[str], messages: Messages) -> Iterator[str]:
    """Yield a line with the first entries and the number of the others; nothing if there are none."""
    what, more_count = ", ".join(entries[:_MAX_LISTED_ITEMS]), len(entries) - _MAX_LISTED_ITEMS
    if more_count > 0:
        yield messages.text(f"score.{key}-more", count=more_count, what=what)
    elif entries:
        yield messages.text(f"score.{key}", what=what)
