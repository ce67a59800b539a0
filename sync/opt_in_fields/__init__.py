"""Opt-in fields: fields that the service writes only if the settings name them."""

from sync.opt_in_fields.field import OptInField
from sync.opt_in_fields.score import make_score_field
from sync.opt_in_fields.suggestions import SUGGESTION_FIELDS, make_suggestion_fields

__all__ = ["SUGGESTION_FIELDS", "OptInField", "make_score_field", "make_suggestion_fields"]
