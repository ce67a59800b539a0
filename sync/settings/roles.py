"""The roles of steward.yaml: who may decide what, in a reply on an item or by a label on it."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import InitErrorDetails

from sync.settings.base import Section, one_or_more

EVERYBODY = "everybody"
ADMIN = "admin"
"""The role of whoever sits at the command line."""
_NAMED = "named person"

Permission = Literal["waive", "snooze", "wrong", "decide"]
"""What can be permitted."""

Grantees = Annotated[tuple[str, ...], BeforeValidator(one_or_more, json_schema_input_type=str | tuple[str, ...])]


class Roles(Section):
    """Who may decide what on the items themselves. The command line may everything."""

    groups: Annotated[
        dict[str, Grantees],
        Field(
            description="Groups of people by a name of your choice. A person is an account id, an e-mail address or a "
            "name, as the tracker tells it; an account id cannot be chosen by its bearer."
        ),
    ] = Field(default_factory=dict)
    waive: Annotated[Grantees, Field(description="Who may say that a finding may stay, and that questions go on.")] = (
        EVERYBODY,
    )
    snooze: Annotated[Grantees, Field(description="Who may say: ask again later.")] = (EVERYBODY,)
    wrong: Annotated[Grantees, Field(description="Who may say that a rule is mistaken.")] = (EVERYBODY,)
    decide: Annotated[
        Grantees, Field(description="Who may decide about an item as a whole; nobody unless named here.")
    ] = ()

    def role(self, permission: Permission, names: Collection[str]) -> str:
        """In which role somebody may do this; empty when they may not.

        Args:
            permission: What is to be done.
            names: All that they can be called by; empty where the tracker does not tell who they are.
        """
        allowed: tuple[str, ...] = getattr(self, permission)
        known = {name.casefold() for name in names}
        for one in allowed:
            if known & {name.casefold() for name in self.groups.get(one, ())}:
                return one
        if known & {one.casefold() for one in allowed if one not in self.groups and one != EVERYBODY}:
            return _NAMED
        return EVERYBODY if EVERYBODY in allowed else ""

    def who(self, permission: Permission) -> str:
        """Who may do this, in words."""
        return ", ".join(getattr(self, permission)) or "nobody (see `roles` in steward.yaml)"

    def model_post_init(self, _context: Any, /) -> None:
        """A group has a name of its own."""
        taken = [name for name in self.groups if name.casefold() in (EVERYBODY, ADMIN)]
        if taken:
            wrong = ValueError(f'"{taken[0]}" is no name for a group: it stands for something else')
            raise ValidationError.from_exception_data(
                "Roles",
                [InitErrorDetails(type="value_error", loc=("groups", taken[0]), input=taken[0], ctx={"error": wrong})],
            )
