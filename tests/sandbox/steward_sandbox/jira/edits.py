"""Reads an edit: the `fields` and `update` of a request, checked field by field, as new values of an issue."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from steward_sandbox.jira import adf_schema, adf_text, fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Doc, Issue, IssueType, Named
from steward_sandbox.jira.responses import JiraError

TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {:,} characters."
NOT_A_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
INVALID = "INVALID_INPUT"
MAX_SUMMARY = 255
MAX_LABEL = 255
_ABSENT = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class _InvalidValue(Exception):
    """A value that a field does not take; becomes the field's entry under `errors`."""


class Edit:
    """What a request wants to change of an issue."""

    def __init__(self, call: Call, issue: Issue) -> None:
        self._call = call
        self._world = call.world
        self._issue = issue
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
        """New values for `World.edit`."""
        wanted, update = body.get("fields") or {}, body.get("update") or {}
        if not wanted and not update:
            raise JiraError(400, "one of 'fields' or 'update' required")
        twice = sorted(set(wanted) & set(update))
        errors = {name: f"Field '{name}' cannot appear in both 'fields' and 'update'." for name in twice}
        operations = {name: [{"set": value}] for name, value in wanted.items()} | update
        for name, changes in operations.items():
            if name not in errors:
                try:
                    self._apply(name, _operations(changes))
                except _InvalidValue as error:
                    errors[name] = str(error)
        if errors:
            raise JiraError(400, errors=errors)
        if self._custom != dict(self._issue.custom):
            self._values["custom"] = self._custom
        return self._values

    def _apply(self, name: str, operations: Iterable[tuple[str, Any]]) -> None:
        project = self._world.site.project(self._issue.project)
        known = self._world.site.fields.of_project(project.key, team_managed=project.team_managed)
        field = next((field for field in known if field.id == name and field.edit), None)
        if field is None or (not (self._call.deployment.is_cloud or field.on_screen)):
            raise _InvalidValue(_ABSENT.format(name))
        for verb, value in operations:
            if verb not in field.operations:
                raise _InvalidValue(f"Field does not support update '{verb}'.")
            self._setters[field.edit](field, verb, value)

    def _summary(self, _field: Field, _verb: str, value: Any) -> None:
        text = _string(value)
        if not text.strip():
            raise _InvalidValue("You must specify a summary of the issue.")
        if len(text) > MAX_SUMMARY:
            raise _InvalidValue(f"Summary can't exceed {MAX_SUMMARY} characters.")
        if "\n" in text or "\r" in text:
            raise _InvalidValue("The summary is invalid because it contains newline characters.")
        self._values["summary"] = text.strip()

    def _rich(self, field: Field, _verb: str, value: Any) -> None:
        if value is None:
            doc = None
        elif self._call.version == 3:
            if not isinstance(value, dict):
                raise _InvalidValue(NOT_A_DOCUMENT)
            doc = adf_schema.stored(_document(self._call, value), f"{self._issue.id}/{field.id}")
        else:
            doc = _document(self._call, _string(value))
        if len(adf_text.to_wiki(doc)) > self._call.options.text_limit:
            raise _InvalidValue(TOO_LONG.format(self._call.options.text_limit))
        (self._custom if field.custom else self._values)[field.id] = doc

    def _labels(self, _field: Field, verb: str, value: Any) -> None:
        known = list(self._values.get("labels", self._issue.labels))
        given = [value] if verb == "remove" else [_label(v) for v in (_array(value) if verb == "set" else [value])]
        self._values["labels"] = _changed(known, verb, given)

    def _number(self, field: Field, _verb: str, value: Any) -> None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise _InvalidValue("Operation value must be a number")
        self._set_custom(field, None if value is None else float(value))

    def _option(self, field: Field, _verb: str, value: Any) -> None:
        options = self._world.site.catalogue.options if field.id == fields.MOSCOW else {}
        missing = "Could not find valid 'id' or 'value' in the Parent Option object."
        invalid = "Option value '{}' is not valid"
        self._set_custom(field, None if value is None else _known(value, "value", options, missing, invalid))

    def _person(self, field: Field, _verb: str, value: Any) -> None:
        account = self._call.deployment.account(value, self._world.site.accounts)
        if account is None and value is not None:
            raise _InvalidValue("User does not exist.")
        self._values[field.id] = account.id if account else None

    def _priority(self, _field: Field, _verb: str, value: Any) -> None:
        known = self._world.site.catalogue.priorities
        missing = "Specify the Priority (id or name) in the string format"
        self._values["priority"] = _known(value, "name", known, missing, "The priority selected is invalid.")

    def _type(self, _field: Field, _verb: str, value: Any) -> None:
        known = self._world.site.catalogue.types
        missing, invalid = "Specify a valid issue type", "The issue type selected is invalid."
        self._values["type"] = _known(value, "name", known, missing, invalid)

    def _parent(self, _field: Field, _verb: str, value: Any) -> None:
        if value is None or (isinstance(value, dict) and value.get("none") is True):
            self._values["parent"] = None
            return
        parent = self._world.find(_reference(value, "key", "data was not an object"))
        if parent is None or parent.id == self._issue.id:
            raise _InvalidValue("Could not find issue by id or key.")
        self._values["parent"] = parent.id

    def _sprint(self, _field: Field, _verb: str, value: Any) -> None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise _InvalidValue("Number value expected as the Sprint id.")
        if value is not None and value not in self._world.site.sprints:
            raise _InvalidValue(f"Issue can be assigned only active or future sprints, {value} is none.")
        closed = self._world.closed_sprints(self._issue)
        self._values["sprints"] = closed if value is None else tuple(dict.fromkeys((*closed, value)))

    def _components(self, _field: Field, verb: str, value: Any) -> None:
        components = self._world.site.catalogue.components.items()
        known = {name: component for (project, name), component in components if project == self._issue.project}
        missing, invalid = "Component name is not valid", "Component name '{}' is not valid"
        entries = _array(value) if verb == "set" else [value]
        given = [_known(entry, "name", known, missing, invalid) for entry in entries]
        self._values["components"] = _changed(self._values.get("components", self._issue.components), verb, given)

    def _flag(self, _field: Field, verb: str, value: Any) -> None:
        entries = [] if value is None else _array(value) if verb == "set" else [value]
        known = {"Impediment": Named(fields.IMPEDIMENT, "Impediment")}
        for entry in entries:
            _known(entry, "value", known, "data was not an object", "Option value '{}' is not valid")
        self._values["flagged"] = bool(entries) if verb == "set" else verb == "add"

    def _set_custom(self, field: Field, value: float | str | None) -> None:
        if value is None:
            self._custom.pop(field.id, None)
        else:
            self._custom[field.id] = value


def read_comment(call: Call, body: Any) -> Doc:
    """The text of a comment that a caller sent."""
    doc = read_text(call, body, "comment")
    text = adf_text.to_wiki(doc)
    if not text.strip():
        raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
    if len(text) > call.options.text_limit:
        raise JiraError(400, errors={"comment": TOO_LONG.format(call.options.text_limit)})
    return doc


def read_text(call: Call, body: Any, name: str) -> Doc:
    """A text in the form of the call's version of the API."""
    if not isinstance(body, dict if call.version == 3 else str):
        raise JiraError(400, errors={name: "Comment body is not valid!"})
    return _document(call, body)


def _document(call: Call, value: Any) -> Doc:
    if isinstance(value, str):
        return call.deployment.document(value)
    if not adf_schema.is_valid(value):
        raise JiraError(400, INVALID)
    document: Doc = value
    return document


def _operations(given: Any) -> list[tuple[str, Any]]:
    if not all(isinstance(entry, dict) for entry in _array(given)):
        raise _InvalidValue("data was not an array")
    return [(verb, value) for entry in given for verb, value in entry.items()]


def _changed(known: Iterable[str], verb: str, given: list[str]) -> tuple[str, ...]:
    """A list of values after one operation."""
    if verb == "remove":
        return tuple(value for value in known if value not in given)
    return tuple(dict.fromkeys(given if verb == "set" else [*known, *given]))


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _InvalidValue("Operation value must be a string")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _InvalidValue("data was not an array")
    return value


def _label(value: Any) -> str:
    text = _string(value)
    if not text or any(char.isspace() for char in text):
        raise _InvalidValue(f"The label '{text}' contains spaces which is invalid.")
    if len(text) > MAX_LABEL:
        raise _InvalidValue(f"The label '{text}' exceeds the maximum length of {MAX_LABEL} characters.")
    return text


def _reference(value: Any, name: str, missing: str) -> str:
    ref = (value.get("id") or value.get(name)) if isinstance(value, dict) else None
    if not isinstance(ref, (str, int)):
        raise _InvalidValue(missing)
    return str(ref)


def _known(value: Any, name: str, things: Mapping[str, Named | IssueType], missing: str, invalid: str) -> str:
    """The name of what a value refers to by name or id."""
    wanted = _reference(value, name, missing)
    names = [known for known, thing in things.items() if wanted in (known, thing.id)]
    if not names:
        raise _InvalidValue(invalid.format(wanted))
    return names[0]
