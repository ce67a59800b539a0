"""A persona: a group of people for whom the product is made."""

from msgspec import Struct


class Persona(Struct, frozen=True):
    """A persona that the team lists, or a role in user stories.

    Attributes:
        name: The name of the persona or of the role.
        aliases: Other words for it in user stories.
    """

    name: str
    aliases: tuple[str, ...] = ()
