"""The fields that Azure DevOps has out of the box, by reference name."""

from msgspec import Struct

from steward_sandbox.data_files import load_csv

EMPTY = (None, "", ())
"""What counts as no value."""


class Field(Struct, frozen=True):
    """A field of an organisation.

    Attributes:
        type: As the API names it, such as `html` or `double`.
        identity: Whether its values are people.
        computed: Whether it follows from something else and can never be set.
    """

    ref: str
    name: str
    type: str = "string"
    identity: bool = False
    computed: bool = False

    @property
    def long(self) -> bool:
        """Whether it holds long text, which the revision feed leaves out."""
        return self.type in ("html", "history")


def _read(row: dict[str, str]) -> Field:
    return Field(row["ref"], row["name"], row["type"], "identity" in row["flags"], "computed" in row["flags"])


BUILT_IN = {row["ref"]: _read(row) for row in load_csv("azure_devops", "fields")}
"""Every field of the system processes."""
