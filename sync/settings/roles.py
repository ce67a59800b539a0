"""The section `roles` of steward.yaml: who may make which decisions, by a reply, a label or a button in Slack."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationError

from connectors.plugin import Section, as_tuple
from sync.settings.base import make_value_error

EVERYBODY = "everybody"
"""Grants a permission to all people."""
ADMIN = "admin"
"""The role of the person at the command line."""
_NAMED_PERSON = "named person"
"""The role of a person to whom a permission is given directly, without a group."""

Permission = Literal["waive", "snooze", "wrong", "decide"]
"""What needs permission, by a reply, a label or a button: waive or postpone a finding, report it as wrong, or decide
about the item itself: accept, decline or postpone it."""

Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...])]
"""Names of people, or of groups and people. A single name can be written without a list."""


class Roles(Section):
    """Who may make which decisions on items: groups, people or `everybody`. The command line may make all of them."""

    groups: Annotated[
        dict[str, Names],
        Field(
            description="Groups of people, by a name of your choice. Name people by account id, e-mail address or name "
            "as the tracker shows them. Account ids are safest: people cannot change them."
        ),
    ] = Field(default_factory=dict)
    waive: Annotated[Names, Field(description="Who may waive findings, or end any answer (`resume`).")] = (EVERYBODY,)
    snooze: Annotated[Names, Field(description="Who may postpone a finding.")] = (EVERYBODY,)
    wrong: Annotated[Names, Field(description="Who may report a wrong finding.")] = (EVERYBODY,)
    decide: Annotated[Names, Field(description="Who may accept, decline or postpone items. Default: nobody.")] = ()

    def role(self, permission: Permission, names: Collection[str]) -> str:
        """The role that gives a person a permission: a group, a named person or everybody; empty if none does.

        `names` are the person's id, e-mail address and names; empty if the tracker does not show them.
        """
        grantees: tuple[str, ...] = getattr(self, permission)
        person_names = {name.casefold() for name in names}
        for grantee in grantees:
            if person_names & {member.casefold() for member in self.groups.get(grantee, ())}:
                return grantee
        if person_names & {name.casefold() for name in grantees if name not in self.groups and name != EVERYBODY}:
            return _NAMED_PERSON
        return EVERYBODY if EVERYBODY in grantees else ""

    def role_of_group(self, permission: Permission, group: str) -> str:
        """The role that gives a group a permission; empty if none does."""
        grantees: tuple[str, ...] = getattr(self, permission)
        return group if group in grantees else EVERYBODY if EVERYBODY in grantees else ""

    def group_names(self) -> list[str]:
        """The names that `slack.people` may give as a group: all groups, `EVERYBODY`, and people with a permission.

        Such a person is treated like a group of one person.
        """
        grantees = (grantee for permission in get_args(Permission) for grantee in getattr(self, permission))
        return list(dict.fromkeys([*self.groups, *grantees, EVERYBODY]))

    def people(self) -> list[str]:
        """All people in groups and permissions, without duplicates."""
        people = [name for group in self.groups.values() for name in group]
        for permission in get_args(Permission):
            people += (name for name in getattr(self, permission) if name not in self.groups and name != EVERYBODY)
        return list({name.casefold(): name for name in people}.values())

    def describe_grantees(self, permission: Permission) -> str:
        """The groups and people who have a permission, for messages."""
        return ", ".join(getattr(self, permission)) or "nobody (see `roles` in steward.yaml)"

    def model_post_init(self, _context: Any, /) -> None:
        """Reject reserved names of groups."""
        reserved_names = [name for name in self.groups if name.casefold() in (EVERYBODY, ADMIN)]
        if reserved_names:
            name = reserved_names[0]
            message = f'The name "{name}" is reserved. Choose another name for the group'
            raise ValidationError.from_exception_data("Roles", [make_value_error(("groups", name), message, name)])
