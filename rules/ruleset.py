"""The validated schema of rules.yaml: which rules apply to which items, how strictly, on top of which presets."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from rules.model import WorkItem
from rules.priority.wsjf import WsjfOptions
from rules.profiles import REQUIREMENTS, SHIPPED_PROFILES
from rules.registry import all_rules
from rules.rule import Rule, RuleOptions
from rules.text import LANGUAGES, Language
from rules.where import Names, Where

Document = Mapping[str, Any]
"""A YAML file as plain mappings, lists and values."""

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _spread_off(value: object) -> object:
    """`rule-name: off` is short for `rule-name: {severity: off}`."""
    return {"severity": "off"} if value == "off" else value


_FIRST_DEFAULTS: Mapping[str, dict[str, Any]] = {
    "missing-acceptance-criteria": {"severity": "warning", "types": [], "mode": None, "languages": ["en", "de"]},
    "oversized-story": {
        "severity": "warning",
        "types": [],
        "mode": None,
        "above": "history",
        "window": "365 days",
        "share": 0.5,
        "least": 30,
        "least_of_a_size": 10,
    },
    "unranked-item": {"severity": "info", "types": [], "mode": None},
}
"""Options by rule with their defaults when fingerprints still contained all of them. Never extended."""
_FIRST_WHERE = dict.fromkeys(("tracker", "project", "area", "type", "label", "component"), ())
"""The keys of `where` at that time."""


class PriorityOptions(BaseModel):
    """How the suggested priority is calculated."""

    model_config = _STRICT

    wsjf: Annotated[WsjfOptions, Field(description="Weighted shortest job first.")] = WsjfOptions()


def _section(*, partial: bool) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name, rule in all_rules().items():
        shape: Any = rule.options
        default: Any = None if partial else shape()
        described = Field(default=default, alias=name, description=rule.title)
        short = BeforeValidator(_spread_off, json_schema_input_type=Literal["off"] | shape)
        fields[name.replace("-", "_")] = (Annotated[shape, short] | None, described)
    return create_model("Overridden" if partial else "Rules", __config__=_STRICT, **fields)


def _profiles_type() -> Any:
    requirement: Any = Literal[(*REQUIREMENTS, *all_rules())]
    return dict[str, tuple[requirement, ...]]


@cache
def document_model() -> type[BaseModel]:
    """The whole of rules.yaml as a pydantic model, for validation and for the JSON schema of editors."""
    override = create_model(
        "Override",
        __config__=_STRICT,
        where=(Where, Field(description="Which items it applies to.")),
        rules=(_section(partial=True), Field(description="Settings that differ for them.")),
    )
    return create_model(
        "RulesFile",
        __config__=_STRICT,
        extends=(
            Names,
            Field(default=("scrum",), description="Presets to start from; later ones win over earlier ones."),
        ),
        languages=(
            tuple[Language, ...],
            Field(
                default=tuple(LANGUAGES),
                description="Languages in which headings and placeholders are recognised. Fewer are a little faster.",
            ),
        ),
        rules=(_section(partial=False), Field(default_factory=_section(partial=False), description="Rule by rule.")),
        profiles=(
            _profiles_type(),
            Field(
                default_factory=dict,
                description="What an item needs to be ready for a purpose, by the purpose: requirements, or ids of "
                "rules that must have no finding. Shipped: sprint, coding-agent, pi.",
            ),
        ),
        priority=(PriorityOptions, Field(default=PriorityOptions(), description="Suggested priorities.")),
        overrides=(
            tuple[override, ...],
            Field(default=(), description="Other settings for some of the items; later ones win."),
        ),
    )


def merge(below: Document, above: Document) -> dict[str, Any]:
    """Merge two documents: mappings are merged, any other value in `above` replaces the one in `below`."""
    merged = dict(below)
    for key, value in above.items():
        lower = _spread_off(merged.get(key)) if isinstance(value, Mapping) else merged.get(key)
        if isinstance(lower, Mapping) and value == "off":
            merged[key] = {**lower, "severity": "off"}
        elif isinstance(lower, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(lower, value)
        else:
            merged[key] = value
    return merged


def _given(section: BaseModel) -> dict[str, Any]:
    """What the document sets itself, without defaults."""
    return section.model_dump(by_alias=True, exclude_unset=True)


class Ruleset:
    """Every rule with the settings for each item.

    Args:
        document: rules.yaml with its presets merged below it.

    Raises:
        pydantic.ValidationError: With the path of every key that is wrong.
    """

    def __init__(self, document: Document) -> None:
        parsed: Any = document_model().model_validate(document)
        self.languages: tuple[Language, ...] = parsed.languages
        self.priority: PriorityOptions = parsed.priority
        self.profiles: dict[str, tuple[str, ...]] = {**SHIPPED_PROFILES, **parsed.profiles}
        self._base: dict[str, dict[str, Any]] = {}
        for name, rule in all_rules().items():
            given = getattr(parsed.rules, name.replace("-", "_"))
            set_here = given.model_dump(exclude_unset=True) if given is not None else {}
            if "languages" in rule.options.model_fields:
                set_here.setdefault("languages", self.languages)
            self._base[name] = set_here
        self._overrides: list[tuple[Where, dict[str, dict[str, Any]]]] = [
            (one.where, {name: changed for name, changed in _given(one.rules).items() if changed})
            for one in parsed.overrides
        ]
        self._rules: dict[tuple[str, tuple[int, ...]], Rule[Any]] = {}
        for name in self._base:
            self._rule(name, ())
        for number, (_, changes) in enumerate(self._overrides):
            for name in changes:
                self._rule(name, (number,))

    @property
    def override_conditions(self) -> list[Where]:
        """The conditions of all overrides, in their order."""
        return [where for where, _ in self._overrides]

    def is_enabled_somewhere(self, name: str) -> bool:
        """Whether a rule is on for some items by an override."""
        return any(changes[name].get("severity", "off") != "off" for _, changes in self._overrides if name in changes)

    def base(self, name: str) -> RuleOptions:
        """Settings of a rule for items without an override."""
        settings: RuleOptions = self._rule(name, ()).settings
        return settings

    def rule(self, name: str) -> Rule[Any]:
        """The rule with its settings for items without an override."""
        return self._rule(name, ())

    def rule_for(self, name: str, item: WorkItem) -> Rule[Any]:
        """The rule with the settings for this item; items with the same settings share one object."""
        matching = tuple(
            number for number, (where, changes) in enumerate(self._overrides) if name in changes and where.matches(item)
        )
        return self._rule(name, matching)

    def _rule(self, name: str, overrides: tuple[int, ...]) -> Rule[Any]:
        if (name, overrides) not in self._rules:
            settings = dict(self._base[name])
            for number in overrides:
                settings.update(self._overrides[number][1][name])
            kind = all_rules()[name]
            self._rules[name, overrides] = kind(kind.options.model_validate(settings))
        return self._rules[name, overrides]

    def fingerprint(self, name: str) -> str:
        """A text that changes with the version of a rule and with any setting of it, for all items or for some.

        Settings at their default are left out, so that an option that is added later changes nothing. For the same
        reason a changed default is not seen here: it needs a new version of the rule.
        """
        content = {
            "version": all_rules()[name].version,
            "options": self.base(name).model_dump(mode="json", exclude_defaults=True),
            "overrides": [(where.model_dump(exclude_defaults=True), changes) for where, changes in self._of(name)],
        }
        return json.dumps(content, sort_keys=True, default=str)

    def first_fingerprint(self, name: str) -> str | None:
        """The same as it was made while it held every option; None where a setting is newer than that."""
        defaults, options = _FIRST_DEFAULTS.get(name), self.base(name)
        changed = options.model_dump(mode="json", exclude_defaults=True)
        if defaults is None or not changed.keys() <= defaults.keys():
            return None
        overrides = []
        for where, changes in self._of(name):
            given = where.model_dump(exclude_defaults=True)
            if not given.keys() <= _FIRST_WHERE.keys():
                return None
            overrides.append((_FIRST_WHERE | given, changes))
        return json.dumps((all_rules()[name].version, defaults | changed, overrides), sort_keys=True, default=str)

    def _of(self, name: str) -> list[tuple[Where, dict[str, Any]]]:
        """The overrides that change a rule, in their order."""
        return [(where, changes[name]) for where, changes in self._overrides if name in changes]

    @property
    def period(self) -> timedelta:
        """How far back the rules look at finished items."""
        settings: list[RuleOptions] = [rule.settings for rule in self._rules.values()]
        return max((one.period for one in settings), default=timedelta())
