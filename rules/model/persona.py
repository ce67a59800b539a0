"""A persona: a group of people for whom the product is made."""

from msgspec import Struct


class Persona(Struct, frozen=True):
    """A persona that the team lists, or a role in user stories.

    Attributes:
        aliases: Other words for it in user stories.
    """

    name: str
    aliases: tuple[str, ...] = ()
