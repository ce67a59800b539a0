"""The fields that the service writes if the configuration names them: their values, and when a change matters."""

from sync.opt_in_fields.field import OptInField
from sync.opt_in_fields.score import make_score_field
from sync.opt_in_fields.suggestions import SUGGESTION_FIELDS, make_suggestion_fields

__all__ = ["SUGGESTION_FIELDS", "OptInField", "make_score_field", "make_suggestion_fields"]
