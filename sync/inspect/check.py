"""The result of one check of `steward doctor`."""

from enum import StrEnum

from msgspec import Struct


class CheckStatus(StrEnum):
    """The result of a check."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class DoctorCheck(Struct, frozen=True, rename={"status": "verdict", "message": "said"}):
    """One check. `id` never changes, so that people can look it up; `hint` says what to do."""

    id: str
    status: CheckStatus
    message: str
    hint: str = ""
