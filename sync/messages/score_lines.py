"""Say which items of a backlog have a score, which cannot have one, and which scales do not fit one cohort."""

from collections.abc import Iterable, Iterator, Sequence

from rules.model import WorkItem
from rules.priority import Score, WsjfOptions, find_wide_scales, wsjf
from sync.messages.catalogue import Messages

_LISTED = 3


def score_lines(items: Iterable[WorkItem], options: WsjfOptions, messages: Messages) -> Iterator[str]:
    """Yield at most one line about the scores, one about refusals, and one for each scale that is too wide."""
    scored: list[tuple[float, WorkItem]] = []
    refused: list[str] = []
    kept: list[WorkItem] = []
    for item in items:
        if (score := wsjf(item, options)) is None:
            continue
        kept.append(item)
        if isinstance(score, Score):
            scored.append((score.value, item))
        else:
            refused.append(f"{item.key} ({messages.why_refused(score)})")
    scored.sort(key=lambda entry: -entry[0])
    ranked = [f"{item.key} {messages.amount(value)}" for value, item in scored]
    yield from _listed("ranked", ranked, messages)
    yield from _listed("unscored", refused, messages)
    for scale in find_wide_scales(kept, options):
        yield messages.text(
            "score.wide",
            name=messages.name("score.names", scale.name),
            low=scale.low,
            low_key=scale.low_key,
            high=scale.high,
            high_key=scale.high_key,
        )


def _listed(key: str, entries: Sequence[str], messages: Messages) -> Iterator[str]:
    shown, more = ", ".join(entries[:_LISTED]), len(entries) - _LISTED
    if more > 0:
        yield messages.text(f"score.{key}-more", count=more, what=shown)
    elif shown:
        yield messages.text(f"score.{key}", what=shown)
