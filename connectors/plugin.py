"""What makes a folder a tracker: its settings, how to open it, its markup, and what `steward init` asks.

Every start of the program reads all plugins. They import no client library; `open` imports the rest of the folder.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from connectors.markup import Markup
from connectors.tracker import CommentTag, Tracker


class Section(BaseModel):
    """A section of a settings file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def web_address(given: str) -> str:
    """Check an address of the web, and bring it into its usual form.

    Raises:
        ValueError: It is none.
    """
    url = given.strip()
    try:
        parts = urlsplit(url)
        # People write the name of a collection as they read it: https://host/tfs/Default Collection.
        url = url.removesuffix(parts.path) + parts.path.replace(" ", "%20") if url.endswith(parts.path) else url
        usable = bool(parts.hostname) and not any(character.isspace() for character in url)
    except ValueError:
        usable = False
    if not usable or not url.startswith(("https://", "http://")):
        raise ValueError(f'"{given}" is not a web address. It has to start with https:// and name a host')
    if "@" in parts.netloc:
        raise ValueError("The address contains a user name or password. Remove it and use the keys for credentials")
    return url.rstrip("/")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is not a regular expression: {error}') from None
    return text


def as_tuple(value: object) -> object:
    """Wrap a single text into a tuple, where a list of texts is expected."""
    return (value,) if isinstance(value, str) else value


WebAddress = Annotated[str, AfterValidator(web_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class FieldNames(Section):
    """Names of a tracker's fields, where they cannot be found by their schema."""

    points: Annotated[str, Field(description="The field for story points.")] = ""
    acceptance_criteria: Annotated[
        tuple[str, ...],
        BeforeValidator(as_tuple, json_schema_input_type=str | tuple[str, ...]),
        Field(description="Fields kept for acceptance criteria."),
    ] = ()
    business_value: Annotated[str, Field(description="First input of WSJF.")] = ""
    time_criticality: Annotated[str, Field(description="Second input of WSJF.")] = ""
    risk_reduction: Annotated[
        str, Field(description="Third input of WSJF: risk reduction, opportunity enablement.")
    ] = ""
    effort: Annotated[str, Field(description="Job size, where it is kept apart from points.")] = ""


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class TrackerContext:
    """What a tracker gets besides its own settings.

    Attributes:
        name: The tracker's name in the configuration.
        installation: Id of this installation, which its comments carry.
        adopted_installations: Ids of other installations whose comments this one has taken over.
        own_comment_ids: Ids of comments that we wrote. They are ours, whatever account is used now.
        allow_writes: Whether writes may leave the process.
        before_write: Called right before every write; raises when this process may no longer write.
        stop: Set when the process ends; ends all waiting.
        write_fields: Names of the fields to write, by what goes into them ("wsjf").
        written_field_ids: Ids of the fields in which values of ours were written, whatever is configured now.
        discovery_state: What the last connection said in `Connection.discovery_state`; empty for the first one.
        labels: The labels that may be written, in our letter case.
        reads_teams: Whether the tracker's own team field and boards decide about the team of an item.
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
    labels: tuple[str, ...] = ()
    reads_teams: bool = False

    def owns(self, tag: CommentTag | None) -> bool:
        """Whether a comment by our account with this tag is one of ours."""
        return tag is not None and tag.installation in {self.installation, *self.adopted_installations}


@dataclass(frozen=True)
class Question:
    """A setting that `steward init` asks for. It is also an option of that command.

    Attributes:
        key: The key in the tracker's settings. The option is `--key`.
        help: Help text of the option.
        prompt: The question; empty if the setting is only an option.
        required: Whether an empty answer is no answer.
        chooses_project: Whether the answer names projects; those that the account sees are listed first.
    """

    key: str
    help: str
    prompt: str = ""
    required: bool = True
    chooses_project: bool = False


class ProjectName(NamedTuple):
    """A project that the account sees; `key` is what an answer to `steward init` says."""

    key: str
    name: str = ""


@dataclass(frozen=True)
class Plugin(Generic[S]):
    """One kind of tracker.

    Attributes:
        kind: Value of `kind` in steward.yaml.
        settings: The connector's own keys of a tracker's section, without `kind`.
        open: Makes a tracker, not yet connected. Client libraries are imported in here.
        can_write: Whether this kind of tracker can be written to at all.
        reads_files: Whether `settings` has a `path` and `steward check FILE` can use it.
        item_pattern: A regular expression for addresses of the tracker's items, with the item's key as its group.
        scope_keys: The keys of `settings` that select the items. When they change, other items are expected.
        markup: The markup of comments, as far as the settings tell.
        questions: What `steward init` asks, in this order; empty if it does not offer this kind.
        recognizes: Whether an address that people paste can only be one of this kind.
        parse_answer: The settings in an answer to a question, by the question's key and the text: a link names more.
        list_projects: The projects that the account sees, for settings whose scope is not decided yet.
        token_variable: Name of the environment variable that `steward init` suggests for the token.
    """

    kind: str
    settings: type[S]
    open: Callable[[S, TrackerContext], Tracker]
    can_write: bool = True
    reads_files: bool = False
    item_pattern: Callable[[S], str | None] = lambda _settings: None
    scope_keys: tuple[str, ...] = ("url", "scope")
    markup: Callable[[S], Markup] = lambda _settings: Markup.TEXT
    questions: tuple[Question, ...] = ()
    recognizes: Callable[[str], bool] = lambda _address: False
    parse_answer: Callable[[str, str], Mapping[str, str]] = lambda key, text: {key: text}
    list_projects: Callable[[S, TrackerContext], Sequence[ProjectName]] = lambda _settings, _context: ()
    token_variable: str = ""


AnyPlugin = Plugin[Any]
