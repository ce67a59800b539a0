"""A persona: a group of people for whom the product is made."""

from msgspec import Struct


class Persona(Struct, frozen=True):
    """A persona that the team lists in `goals.yaml`. The roles in user stories are compared with its names.

    Attributes:
        aliases: Other words for it in user stories.
    """

    name: str
    aliases: tuple[str, ...] = ()
