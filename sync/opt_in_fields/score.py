"""The WSJF score as a field. WSJF (weighted shortest job first) is the cost of delay divided by the job size."""

from connectors.writes import FieldValue
from rules.model import WorkItem
from rules.priority import Refusal, Score, WsjfOptions, wsjf
from sync.opt_in_fields.field import OptInField


def make_score_field(options: WsjfOptions) -> OptInField:
    """Make the field for the score."""

    def compute(item: WorkItem) -> FieldValue | Refusal:
        score = wsjf(item, options)
        return score.value if isinstance(score, Score) else score

    return OptInField("wsjf", "the score", compute)
