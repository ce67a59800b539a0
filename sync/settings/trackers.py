"""The trackers of steward.yaml: the settings of each plugin, plus the keys that every tracker has."""

from datetime import date
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Discriminator, Field, Tag, create_model

from connectors.plugin import AnyPlugin, Pattern, Section
from connectors.registry import DEFAULT_KIND, PLUGINS
from sync.settings.base import Mode, default
from sync.settings.human_values import Percentage


class TrackerSection(Section):
    """The keys that all trackers have in addition to the settings of their plugins."""

    mode: Annotated[
        Mode | None, Field(description="Mode of this tracker. The stricter of this and `write.mode` wins.")
    ] = None
    keys: Annotated[
        Pattern | None,
        Field(
            description=r"How items of other trackers refer to this tracker's items, as a regular expression: AB#(\d+)."
        ),
    ] = None
    vanish_limit: Annotated[
        Percentage,
        Field(
            description="If a larger share of the items is missing at once, all of them are kept in the store and "
            "reported, until you run `steward confirm-gone`."
        ),
    ] = default("20%")
    expires_on: Annotated[
        date | None,
        Field(description="When the token expires, such as 2027-03-31. You are warned 30, 7 and 1 days before."),
    ] = None
    kind: str

    @property
    def plugin(self) -> AnyPlugin:
        """The plugin of this tracker's kind."""
        return PLUGINS[self.kind]


def _make_section(plugin: AnyPlugin) -> type[TrackerSection]:
    """Make a model with a plugin's settings and the common keys."""
    kind: Any = Literal[plugin.kind]
    section: Any = create_model(
        plugin.settings.__name__.removesuffix("Settings"),
        __doc__=plugin.settings.__doc__,
        __base__=(plugin.settings, TrackerSection),
        kind=(kind, DEFAULT_KIND if plugin.kind == DEFAULT_KIND else ...),
    )
    return cast("type[TrackerSection]", section)


def _kind(section: object) -> str:
    """The kind of a tracker, from its section before or after validation."""
    kind = section.get("kind", DEFAULT_KIND) if isinstance(section, dict) else getattr(section, "kind", DEFAULT_KIND)
    return str(kind)


if TYPE_CHECKING:
    Tracker = TrackerSection
else:
    Tracker = Annotated[
        reduce(or_, (Annotated[_make_section(plugin), Tag(kind)] for kind, plugin in PLUGINS.items())),
        Discriminator(_kind),
    ]
