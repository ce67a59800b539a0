"""The interface that each kind of tracker provides: its settings, how to open it, and what `steward init` asks for it.

All plugins are imported whenever the program starts. So a plugin imports no client library; its function `open` imports
the other modules of its folder.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from connectors.comments import CommentTag
from connectors.discovery_cache import DiscoveryCache
from connectors.markup import Markup
from connectors.tracker import Tracker


class Section(BaseModel):
    """A section of a settings file. A key that is not an attribute is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @field_validator("*", mode="before")
    @classmethod
    def _require_true_or_false(cls, value: Any, info: ValidationInfo) -> Any:
        """Reject strings such as "no" and "off", which pydantic would accept as false."""
        is_boolean = cls.model_fields[info.field_name or ""].annotation is bool
        if is_boolean and isinstance(value, str) and value.casefold() not in ("true", "false"):
            raise ValueError(f'Expected true or false; found "{value}"')
        return value


def parse_web_address(value: str) -> str:
    """Check a web address, and return it without a slash at the end.

    Raises:
        ValueError: The value is not a web address.
    """
    url = value.strip()
    try:
        parts = urlsplit(url)
        # People copy addresses with the spaces in the name of a collection: https://host/tfs/Default Collection.
        if url.endswith(parts.path):
            url = url.removesuffix(parts.path) + parts.path.replace(" ", "%20")
        is_usable = bool(parts.hostname) and not any(character.isspace() for character in url)
    except ValueError:
        is_usable = False
    if not is_usable or not url.startswith(("https://", "http://")):
        raise ValueError(f'"{value}" is not a web address. It has to start with https:// and name a host')
    if "@" in parts.netloc:
        raise ValueError("The address contains a user name or password. Remove it and use the settings for credentials")
    return url.rstrip("/")


def strip_angle_brackets(text: str) -> str:
    """Remove the angle brackets that mail programs and chats put around a link: `<https://example.com>`."""
    link = text.strip()
    return link[1:-1].strip() if link.startswith("<") and link.endswith(">") else link


def _validate_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is not a regular expression: {error}') from None
    return text


def as_tuple(value: object) -> object:
    """Put a single string into a tuple. For settings that allow one string or several."""
    return (value,) if isinstance(value, str) else value


WebAddress = Annotated[str, AfterValidator(parse_web_address)]
Pattern = Annotated[str, AfterValidator(_validate_pattern)]


class FieldNames(Section):
    """The names or ids of the fields to read, where the service does not find the right ones automatically."""

    points: Annotated[str, Field(description="The field for story points.")] = ""
    acceptance_criteria: Annotated[
        tuple[str, ...],
        BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...]),
        Field(description="The fields for acceptance criteria."),
    ] = ()
    business_value: Annotated[str, Field(description="First input of WSJF (weighted shortest job first).")] = ""
    time_criticality: Annotated[str, Field(description="Second input of WSJF.")] = ""
    risk_reduction: Annotated[
        str, Field(description="Third input of WSJF: risk reduction, opportunity enablement.")
    ] = ""
    effort: Annotated[str, Field(description="Job size, if it is in another field than story points.")] = ""


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class TrackerContext:
    """What a tracker receives in addition to its own settings.

    Attributes:
        name: The name of the tracker in the configuration.
        installation: The id of this installation of the service. The tag of its comments contains it.
        adopted_installations: Ids of other installations whose comments this installation has taken over.
        own_comment_ids: Ids of the comments that this service wrote, possibly with other accounts.
        allow_writes: Whether the tracker may be written to. Otherwise, in shadow mode, writes through
            `Tracker.target` raise `ShadowBreach`.
        before_write: Called right before every write. It raises an error if this process may no longer write.
        stop: Set when the service stops. It ends all waiting.
        write_fields: The names of the fields to write, by the key under `write.fields` in the configuration.
        written_field_ids: Ids of the fields that the service has ever written to.
        discovery_state: What the last connection discovered: its `Connection.discovery_state`; empty for the first.
        cache: Responses that the last connections read, which are used again for a while.
        labels: The labels that may be written, in the letter case of the configuration.
        reads_teams: Whether a configured team is defined by the tracker's own team field or by a board, so that these
            have to be read.
        checks_setup: Whether `connect` sends further requests to check the settings: that the scope is valid, that it
            contains finished items, and whether other teams could be chosen. It adds what it finds to
            `Connection.notes`.
        time_zone: The team's time zone, for times in messages.
    """

    name: str
    installation: str = ""
    adopted_installations: frozenset[str] = frozenset()
    own_comment_ids: frozenset[str] = frozenset()
    allow_writes: bool = False
    before_write: Callable[[], None] = lambda: None
    stop: threading.Event = field(default_factory=threading.Event)
    write_fields: Mapping[Any, str] = field(default_factory=dict)
    written_field_ids: frozenset[str] = frozenset()
    discovery_state: str = ""
    cache: DiscoveryCache = field(default_factory=DiscoveryCache)
    labels: tuple[str, ...] = ()
    reads_teams: bool = False
    checks_setup: bool = False
    time_zone: tzinfo = UTC

    def owns(self, tag: CommentTag | None) -> bool:
        """Whether a comment with this tag belongs to this installation."""
        return tag is not None and tag.installation in {self.installation, *self.adopted_installations}


@dataclass(frozen=True)
class Question:
    """A setting that `steward init` asks for. It is also an option of this command.

    Attributes:
        key: The key in the tracker's settings, and the name of the option.
        help: The description of the option, which all kinds of trackers with this key share.
        prompt: The question; empty if the setting is only an option.
        required: Whether the answer must not be empty.
        chooses_project: Whether the answer names projects. Those that the account can see are listed beforehand.
    """

    key: str
    help: str
    prompt: str = ""
    required: bool = True
    chooses_project: bool = False


class ProjectName(NamedTuple):
    """A project that the account can see. If a person chooses it in `steward init`, the answer is its `key`."""

    key: str
    name: str = ""


class ResolvedAnswers(NamedTuple):
    """The settings found for an answer that only the site can interpret, and a note about them for the admin."""

    settings: Mapping[str, str]
    note: str


@dataclass(frozen=True)
class Plugin(Generic[S]):
    """One kind of tracker.

    Attributes:
        kind: The value of `kind` in the section of a tracker in steward.yaml.
        settings: The other keys of such a section that are specific to this kind.
        open: Makes a tracker from its settings, without connecting to it. It imports the client libraries.
        can_write: Whether this kind of tracker supports writing.
        reads_files: Whether `settings` has a `path` and `steward check FILE` can use it.
        item_pattern: A regular expression for addresses of the tracker's items, with the item's key as its group.
        list_address: Returns the address of a page that lists the items with these keys; empty if there is none.
        scope_keys: The keys of `settings` that select the items. If they change, other items may be in scope.
        markup: Returns the markup of comments, guessed from the settings; the site itself may use another one.
        questions: The questions of `steward init`, in this order; empty if it does not offer this kind.
        recognises: Returns whether an address recognisably belongs to this kind of tracker.
        parse_answer: Returns the settings in the answer to a question, which is identified by its key. A link may
            contain several settings. Raises `ValueError` if the answer is not valid.
        adapt_questions: Returns the questions that apply to the site at the configured address. It calls the site
            without credentials. If it is None, all `questions` apply to all sites.
        resolve_answers: Replaces an answer that only the site can interpret, such as a link to a board; None if the
            settings contain no such answer.
        shorten_address: Returns the address to try if no site responds at an address; empty if there is none.
        list_projects: Lists the projects that the account can see. The settings do not need to select any items.
        list_teams: Lists the teams of the project that can be chosen by the setting `team`, the default one first.
        token_variable: The name of the environment variable that `steward init` suggests for the token.
    """

    kind: str
    settings: type[S]
    open: Callable[[S, TrackerContext], Tracker]
    can_write: bool = True
    reads_files: bool = False
    item_pattern: Callable[[S], str | None] = lambda _settings: None
    list_address: Callable[[S, Sequence[str]], str] = lambda _settings, _keys: ""
    scope_keys: tuple[str, ...] = ("url", "scope")
    markup: Callable[[S], Markup] = lambda _settings: Markup.TEXT
    questions: tuple[Question, ...] = ()
    recognises: Callable[[str], bool] = lambda _address: False
    parse_answer: Callable[[str, str], Mapping[str, str]] = lambda key, text: {key: text}
    adapt_questions: Callable[[S, TrackerContext], Sequence[Question]] | None = None
    resolve_answers: Callable[[S, TrackerContext], ResolvedAnswers | None] = lambda _settings, _context: None
    shorten_address: Callable[[str], str] = lambda _address: ""
    list_projects: Callable[[S, TrackerContext], Sequence[ProjectName]] = lambda _settings, _context: ()
    list_teams: Callable[[S, TrackerContext], Sequence[str]] = lambda _settings, _context: ()
    token_variable: str = ""


AnyPlugin = Plugin[Any]
