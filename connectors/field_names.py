"""Where a site keeps what the rules ask for, as far as an admin says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldNames:
    """Names (or the tracker's own ids) of fields that are kept elsewhere than usual. Empty: look for it."""

    points: str = ""
    acceptance_criteria: tuple[str, ...] = ()
    business_value: str = ""
    time_criticality: str = ""
    risk_reduction: str = ""
    effort: str = ""
