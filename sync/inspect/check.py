"""The result of one check of `steward doctor`, which checks the configuration and the connections."""

from enum import StrEnum

from msgspec import Struct


class CheckStatus(StrEnum):
    """Whether a check found something wrong."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class DoctorCheck(Struct, frozen=True, rename={"status": "verdict", "message": "said"}):
    """The result of one check.

    Attributes:
        id: Never changes, so that people can look it up.
        status: Whether something is wrong; `verdict` in JSON.
        message: What was found; `said` in JSON.
        hint: What to do; empty if nothing has to be done.
    """

    id: str
    status: CheckStatus
    message: str
    hint: str = ""
