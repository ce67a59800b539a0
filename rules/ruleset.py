"""The schema of rules.yaml, and the rules with the settings that apply to each item.

An override in rules.yaml changes the settings of rules for some of the items.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from rules.custom import MAX_CUSTOM_RULES, CustomRuleOptions, check_unique_ids, make_custom_rule
from rules.model import WorkItem
from rules.priority.wsjf import WsjfOptions
from rules.registry import all_rules
from rules.rule import Rule, RuleOptions
from rules.text import LANGUAGES, Language
from rules.where import Names, Where

Document = Mapping[str, Any]
"""The content of a YAML file, as mappings, lists and values."""

REQUIREMENTS = (
    "criteria",
    "reproduction",
    "no-open-question",
    "no-open-blocker",
    "owned-dependencies",
    "estimate",
    "usual-size",
    "benefit",
)
"""The requirements that a profile (what an item needs to be ready for a purpose) can contain, besides ids of rules.

`rules.readiness` checks them. "criteria", "reproduction" and "usual-size": missing-acceptance-criteria,
bug-without-reproduction and oversized-story find nothing. "no-open-question": neither the text nor the last comment
contains an open question. "owned-dependencies": somebody is assigned to every open item that the item waits for.
"benefit": a feature or an epic states a benefit or has a business value.
"""
SHIPPED_PROFILES: Mapping[str, tuple[str, ...]] = {
    "sprint": ("criteria", "no-open-question", "no-open-blocker", "usual-size"),
    "coding-agent": ("criteria", "reproduction", "no-open-question", "no-open-blocker", "usual-size"),
    "pi": ("benefit", "criteria", "estimate", "owned-dependencies"),
}
"""The requirements that an item has to meet to be ready for a purpose, by profile.

The profile "pi" is for the program increments of SAFe.
"""

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _expand_off(value: object) -> object:
    """Expand `off`, a short form for the settings of a rule, to `{severity: off}`."""
    return {"severity": "off"} if value == "off" else value


_ORIGINAL_DEFAULTS: Mapping[str, dict[str, Any]] = {
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
"""The options of each rule and their defaults in the first format of fingerprints, which contained all options; see
`Ruleset.first_fingerprint`. They must not change, because stored fingerprints contain them."""
_ORIGINAL_WHERE = dict.fromkeys(("tracker", "project", "area", "type", "label", "component"), ())
"""The keys of the condition of an override in the first format of fingerprints."""


class PriorityOptions(BaseModel):
    """How suggested priorities are calculated."""

    model_config = _STRICT

    wsjf: Annotated[WsjfOptions, Field(description="Weighted shortest job first.")] = WsjfOptions()


def _make_section(*, partial: bool) -> type[BaseModel]:
    """Make the model of a section with the settings of all rules. A partial section has no defaults."""
    fields: dict[str, Any] = {}
    for name, rule in all_rules().items():
        options_model: Any = rule.options
        default: Any = None if partial else options_model()
        field = Field(default=default, alias=name, description=rule.title)
        shorthand = BeforeValidator(_expand_off, json_schema_input_type=Literal["off"] | options_model)
        fields[name.replace("-", "_")] = (Annotated[options_model, shorthand] | None, field)
    return create_model("Overridden" if partial else "Rules", __config__=_STRICT, **fields)


@cache
def document_model() -> type[BaseModel]:
    """Make the model of rules.yaml, for validation and for the JSON schema that editors use."""
    requirement: Any = Literal[(*REQUIREMENTS, *all_rules())]
    override = create_model(
        "Override",
        __config__=_STRICT,
        where=(Where, Field(description="Which items it applies to.")),
        rules=(_make_section(partial=True), Field(description="Settings that differ for them.")),
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
        rules=(
            _make_section(partial=False),
            Field(default_factory=_make_section(partial=False), description="The settings of each rule."),
        ),
        profiles=(
            dict[str, tuple[requirement, ...]],
            Field(
                default_factory=dict,
                description="What an item needs to be ready for a purpose, by the purpose: requirements, or ids of "
                "rules that must have no finding. Shipped: sprint, coding-agent, pi.",
            ),
        ),
        custom=(
            Annotated[tuple[CustomRuleOptions, ...], AfterValidator(check_unique_ids)],
            Field(default=(), max_length=MAX_CUSTOM_RULES, description="Rules of your own, as expressions in CEL."),
        ),
        priority=(
            PriorityOptions,
            Field(default=PriorityOptions(), description="How suggested priorities are calculated."),
        ),
        overrides=(
            tuple[override, ...],
            Field(default=(), description="Other settings for some of the items; later ones win."),
        ),
    )


def merge(base: Document, override: Document) -> dict[str, Any]:
    """Merge two documents. Mappings are merged key by key; other values in `override` replace those in `base`."""
    merged = dict(base)
    for key, value in override.items():
        base_value = _expand_off(merged.get(key)) if isinstance(value, Mapping) else merged.get(key)
        if isinstance(base_value, Mapping) and value == "off":
            merged[key] = {**base_value, "severity": "off"}
        elif isinstance(base_value, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(base_value, value)
        else:
            merged[key] = value
    return merged


class Ruleset:
    """All rules, with the settings that apply to each item.

    Args:
        document: The content of rules.yaml, merged into the presets (shipped settings) that it extends.

    Attributes:
        priority: How suggested priorities are calculated.
        profiles: The requirements of each profile, by the name of the profile.
        rule_types: All rules by id: the shipped ones, and those that the admin wrote.

    Raises:
        pydantic.ValidationError: The document is invalid.
    """

    def __init__(self, document: Document) -> None:
        parsed: Any = document_model().model_validate(document)
        self.languages: tuple[Language, ...] = parsed.languages
        self.priority: PriorityOptions = parsed.priority
        self.profiles: dict[str, tuple[str, ...]] = {**SHIPPED_PROFILES, **parsed.profiles}
        self.rule_types: dict[str, type[Rule[Any]]] = dict(all_rules())
        self._base: dict[str, dict[str, Any]] = {}
        for custom in parsed.custom:
            self.rule_types[custom.id] = make_custom_rule(custom)
            self._base[custom.id] = custom.model_dump(exclude_unset=True)
        for name, rule in all_rules().items():
            section = getattr(parsed.rules, name.replace("-", "_"))
            explicit = section.model_dump(exclude_unset=True) if section is not None else {}
            if "languages" in rule.options.model_fields:
                explicit.setdefault("languages", self.languages)
            self._base[name] = explicit
        self._overrides: list[tuple[Where, dict[str, dict[str, Any]]]] = []
        for override in parsed.overrides:
            explicit = override.rules.model_dump(by_alias=True, exclude_unset=True)
            self._overrides.append((override.where, {name: changes for name, changes in explicit.items() if changes}))
        self._rules: dict[tuple[str, tuple[int, ...]], Rule[Any]] = {}
        for name in self._base:
            self.rule(name)
        for number, (_, changes) in enumerate(self._overrides):
            for name in changes:
                self.rule(name, (number,))

    @property
    def override_conditions(self) -> list[Where]:
        """The conditions of all overrides, in their order."""
        return [where for where, _ in self._overrides]

    def is_enabled_by_override(self, name: str) -> bool:
        """Whether an override enables a rule for some items."""
        return any(changes.get("severity", "off") != "off" for _, changes in self._find_overrides(name))

    def base(self, name: str) -> RuleOptions:
        """Return the settings of a rule for items without an override."""
        settings: RuleOptions = self.rule(name).settings
        return settings

    def is_off(self, name: str) -> bool:
        """Whether a rule is off, and no override changes its settings, so that it judges no item."""
        return self.base(name).severity == "off" and not self.has_overrides(name)

    def has_overrides(self, name: str) -> bool:
        """Whether an override changes the settings of a rule for some items."""
        return bool(self._find_overrides(name))

    def rules_named(self, name: str) -> list[Rule[Any]]:
        """Return the objects of a rule that have been made so far: one for each set of settings."""
        return [self._rules[key] for key in sorted(self._rules) if key[0] == name]

    def rule_for(self, name: str, item: WorkItem) -> Rule[Any]:
        """Return the rule with the settings for an item. Items with the same settings have the same rule object."""
        matching = tuple(
            number for number, (where, changes) in enumerate(self._overrides) if name in changes and where.matches(item)
        )
        return self.rule(name, matching)

    def rule(self, name: str, overrides: tuple[int, ...] = ()) -> Rule[Any]:
        """Return the rule with the settings for items to which some overrides apply; `overrides` are their indexes."""
        if (name, overrides) not in self._rules:
            settings = dict(self._base[name])
            for number in overrides:
                settings.update(self._overrides[number][1][name])
            rule_type = self.rule_types[name]
            self._rules[name, overrides] = rule_type(rule_type.options.model_validate(settings))
        return self._rules[name, overrides]

    def fingerprint(self, name: str) -> str:
        """Return a text with the version and all settings of a rule.

        It is stored: if it changes, the rule starts in shadow mode, in which its findings are only reported. Settings
        with default values are left out, so that a new option does not change the text. Therefore, if the default of
        an option changes, the rule needs a new version.
        """
        content = {
            "version": self.rule_types[name].version,
            "options": self.base(name).model_dump(mode="json", exclude_defaults=True),
            "overrides": [
                (where.model_dump(exclude_defaults=True), changes) for where, changes in self._find_overrides(name)
            ],
        }
        return json.dumps(content, sort_keys=True, default=str)

    def first_fingerprint(self, name: str) -> str | None:
        """Return the fingerprint in its first format, with all options; None if a rule or setting is newer than that.

        It is compared with fingerprints that early versions of the service stored.
        """
        defaults, options = _ORIGINAL_DEFAULTS.get(name), self.base(name)
        changed = options.model_dump(mode="json", exclude_defaults=True)
        if defaults is None or not changed.keys() <= defaults.keys():
            return None
        overrides = []
        for where, changes in self._find_overrides(name):
            where_values = where.model_dump(exclude_defaults=True)
            if not where_values.keys() <= _ORIGINAL_WHERE.keys():
                return None
            overrides.append((_ORIGINAL_WHERE | where_values, changes))
        return json.dumps((all_rules()[name].version, defaults | changed, overrides), sort_keys=True, default=str)

    def _find_overrides(self, name: str) -> list[tuple[Where, dict[str, Any]]]:
        """Return the overrides of a rule, in their order: the condition and the changed settings of each."""
        return [(where, changes[name]) for where, changes in self._overrides if name in changes]
