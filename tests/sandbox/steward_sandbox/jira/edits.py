"""Reads an edit: the `fields` and `update` of a request, checked field by field, as new values of an issue."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from steward_sandbox.jira import adf_rules, adf_text, fields
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.flavour import Flavour
from steward_sandbox.jira.model import Doc, Issue
from steward_sandbox.jira.wire import Refusal
from steward_sandbox.jira.world import World

TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {:,} characters."
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
INVALID = "INVALID_INPUT"
MAX_SUMMARY = 255
MAX_LABEL = 255
_ABSENT = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class _Wrong(Exception):
    """A value that a field does not take; becomes the field's entry under `errors`."""


class Edit:
    """What a request wants of an issue.

    Args:
        world: Where the issue lives.
        issue: The issue as it is.
        flavour: Reads texts in wiki markup and names of people.
        version: Of the API; decides whether texts are documents.
        text_limit: Longest text.
    """

    def __init__(self, world: World, issue: Issue, *, flavour: Flavour, version: int, text_limit: int) -> None:
        self._flavour = flavour
        self._world = world
        self._issue = issue
        self._version = version
        self._text_limit = text_limit
        self._errors: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._custom = dict(issue.custom)
        self._setters: dict[str, Callable[[Field, str, Any], None]] = {
            "text": self._summary,
            "rich": self._rich,
            "labels": self._labels,
            "number": self._number,
            "option": self._option,
            "person": self._person,
            "priority": self._priority,
            "type": self._type,
            "parent": self._parent,
            "sprint": self._sprint,
            "components": self._components,
            "flag": self._flag,
        }

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """New values for `World.edit`.

        Raises:
            Refusal: Nothing is asked for, a field is asked for twice, or a value is refused.
        """
        wanted, update = body.get("fields") or {}, body.get("update") or {}
        if not wanted and not update:
            raise Refusal(400, "one of 'fields' or 'update' required")
        for name in sorted(set(wanted) & set(update)):
            self._errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'."
        for name, value in wanted.items():
            self._apply(name, [("set", value)])
        for name, operations in update.items():
            self._apply(name, _operations(operations))
        if self._errors:
            raise Refusal(400, errors=self._errors)
        if self._custom != dict(self._issue.custom):
            self._values["custom"] = self._custom
        return self._values

    def _apply(self, name: str, operations: Iterable[tuple[str, Any]] | None) -> None:
        if name in self._errors:
            return
        field = self._field(name)
        if field is None:
            self._errors[name] = _ABSENT.format(name)
            return
        if operations is None:
            self._errors[name] = "data was not an array"
            return
        try:
            for verb, value in operations:
                setter = self._setters[field.edit] if verb in field.operations else _unknown_verb
                setter(field, verb, value)
        except _Wrong as wrong:
            self._errors[name] = str(wrong)

    def _field(self, name: str) -> Field | None:
        site = self._world.site
        project = site.project(self._issue.project)
        known = site.fields.of_project(project.key, team_managed=project.team_managed)
        offered = (field for field in known if field.edit and (field.on_screen or not self._flavour.checks_screens))
        return next((field for field in offered if field.id == name), None)

    def _summary(self, _field: Field, _verb: str, value: Any) -> None:
        text = _string(value)
        if not text.strip():
            raise _Wrong("You must specify a summary of the issue.")
        if len(text) > MAX_SUMMARY:
            raise _Wrong(f"Summary can't exceed {MAX_SUMMARY} characters.")
        if "\n" in text or "\r" in text:
            raise _Wrong("The summary is invalid because it contains newline characters.")
        self._values["summary"] = text.strip()

    def _rich(self, field: Field, _verb: str, value: Any) -> None:
        doc = self._document(field, value)
        if field.custom:
            self._custom[field.id] = doc
        else:
            self._values[field.id] = doc

    def _document(self, field: Field, value: Any) -> Doc | None:
        if value is None:
            return None
        if self._version == 3:
            if not isinstance(value, dict):
                raise _Wrong(NOT_A_DOCUMENT)
            if not adf_rules.is_valid(value):
                raise Refusal(400, INVALID)
            doc = adf_rules.stored(value, f"{self._issue.id}/{field.id}")
        else:
            doc = self._flavour.document(_string(value))
        if len(adf_text.to_wiki(doc)) > self._text_limit:
            raise _Wrong(TOO_LONG.format(self._text_limit))
        return doc

    def _labels(self, _field: Field, verb: str, value: Any) -> None:
        labels = list(self._values.get("labels", self._issue.labels))
        if verb == "set":
            labels = [_label(label) for label in _array(value)]
        elif verb == "add":
            labels.append(_label(value))
        else:
            labels = [label for label in labels if label != value]
        self._values["labels"] = tuple(dict.fromkeys(labels))

    def _number(self, field: Field, _verb: str, value: Any) -> None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise _Wrong("Operation value must be a number")
        self._set_custom(field, None if value is None else float(value))

    def _option(self, field: Field, _verb: str, value: Any) -> None:
        if value is None:
            self._set_custom(field, None)
            return
        wanted = _named(value, "value", "Could not find valid 'id' or 'value' in the Parent Option object.")
        found = [name for name, number in fields.MOSCOW_OPTIONS.items() if wanted in (name, number)]
        if not found or field.id != fields.MOSCOW:
            raise _Wrong(f"Option value '{wanted}' is not valid")
        self._set_custom(field, found[0])

    def _person(self, field: Field, _verb: str, value: Any) -> None:
        if value is None:
            self._values[field.id] = None
            return
        account = self._flavour.account(value, self._world.site.accounts)
        if account is None:
            raise _Wrong("User does not exist.")
        self._values[field.id] = account.id

    def _priority(self, _field: Field, _verb: str, value: Any) -> None:
        words = self._world.site.catalogue.priorities.values()
        wanted = _named(value, "name", "Specify the Priority (id or name) in the string format")
        found = [priority.name for priority in words if wanted in (priority.name, priority.id)]
        if not found:
            raise _Wrong("The priority selected is invalid.")
        self._values["priority"] = found[0]

    def _type(self, _field: Field, _verb: str, value: Any) -> None:
        words = self._world.site.catalogue.types.values()
        wanted = _named(value, "name", "Specify a valid issue type")
        found = [kind.name for kind in words if wanted in (kind.name, kind.id)]
        if not found:
            raise _Wrong("The issue type selected is invalid.")
        self._values["type"] = found[0]

    def _parent(self, _field: Field, _verb: str, value: Any) -> None:
        if value is None or (isinstance(value, dict) and value.get("none") is True):
            self._values["parent"] = None
            return
        found = self._world.find(_named(value, "key", "data was not an object"))
        if found is None or found.id == self._issue.id:
            raise _Wrong("Could not find issue by id or key.")
        self._values["parent"] = found.id

    def _sprint(self, _field: Field, _verb: str, value: Any) -> None:
        kept = self._world.closed_sprints(self._issue)
        if value is None:
            self._values["sprints"] = kept
            return
        if isinstance(value, bool) or not isinstance(value, int):
            raise _Wrong("Number value expected as the Sprint id.")
        if value not in self._world.site.sprints:
            raise _Wrong(f"Issue can be assigned only active or future sprints, {value} is none.")
        self._values["sprints"] = tuple(dict.fromkeys((*kept, value)))

    def _components(self, _field: Field, verb: str, value: Any) -> None:
        names = list(self._values.get("components", self._issue.components))
        given = [self._component(entry) for entry in (_array(value) if verb == "set" else [value])]
        if verb == "set":
            names = given
        elif verb == "add":
            names += given
        else:
            names = [name for name in names if name not in given]
        self._values["components"] = tuple(dict.fromkeys(names))

    def _component(self, value: Any) -> str:
        wanted = _named(value, "name", "Component name is not valid")
        known = self._world.site.catalogue.components
        found = [n for (p, n), number in known.items() if p == self._issue.project and wanted in (n, number)]
        if not found:
            raise _Wrong(f"Component name '{wanted}' is not valid")
        return found[0]

    def _flag(self, _field: Field, verb: str, value: Any) -> None:
        entries = [] if value is None else _array(value) if verb == "set" else [value]
        names = [_named(entry, "value", "data was not an object") for entry in entries]
        if any(name not in ("Impediment", fields.IMPEDIMENT) for name in names):
            raise _Wrong(f"Option value '{names[0]}' is not valid")
        self._values["flagged"] = bool(names) if verb == "set" else verb == "add"

    def _set_custom(self, field: Field, value: float | str | None) -> None:
        if value is None:
            self._custom.pop(field.id, None)
        else:
            self._custom[field.id] = value


def read_comment(body: Any, *, flavour: Flavour, version: int, text_limit: int) -> Doc:
    """The text of a comment that a caller sent.

    Raises:
        Refusal: It is not one, in the words Jira has for each way of being wrong.
    """
    if version == 3 and isinstance(body, dict):
        if not adf_rules.is_valid(body):
            raise Refusal(400, INVALID)
        doc: Doc = body
    elif version == 2 and isinstance(body, str):
        doc = flavour.document(body)
    else:
        raise Refusal(400, errors={"comment": "Comment body is not valid!"})
    text = adf_text.to_wiki(doc)
    if not text.strip():
        raise Refusal(400, errors={"comment": "Comment body can not be empty!"})
    if len(text) > text_limit:
        raise Refusal(400, errors={"comment": TOO_LONG.format(text_limit)})
    return doc


def _unknown_verb(_field: Field, verb: str, _value: Any) -> None:
    raise _Wrong(f"Field does not support update '{verb}'.")


def _operations(given: Any) -> list[tuple[str, Any]] | None:
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        return None
    return [(verb, value) for entry in given for verb, value in entry.items()]


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("Operation value must be a string")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Wrong("data was not an array")
    return value


def _label(value: Any) -> str:
    text = _string(value)
    if not text or any(mark.isspace() for mark in text):
        raise _Wrong(f"The label '{text}' contains spaces which is invalid.")
    if len(text) > MAX_LABEL:
        raise _Wrong(f"The label '{text}' exceeds the maximum length of {MAX_LABEL} characters.")
    return text


def _named(value: Any, name: str, otherwise: str) -> str:
    found = (value.get("id") or value.get(name)) if isinstance(value, dict) else None
    if not isinstance(found, (str, int)):
        raise _Wrong(otherwise)
    return str(found)
