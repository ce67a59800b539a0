"""Reads an edit: the `fields` and `update` of a request, checked field by field, as new values of an issue."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from steward_sandbox.jira import adf_text, fields, schemas
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Doc, Issue, IssueType, Named
from steward_sandbox.jira.responses import JiraError

_LONGEST_TEXT = 32_767
_TOO_LONG = f"The entered text is too long. It exceeds the allowed limit of {_LONGEST_TEXT:,} characters."
_NO_ARRAY = "data was not an array"
_NO_STRING = "Operation value must be a string"
_NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
_LONGEST_LINE = 255
_ATTRIBUTES = {"issuetype": "type", fields.SPRINT: "sprints"}
"""Attributes of an issue that are called otherwise than the field."""

T = TypeVar("T")


class _InvalidValue(Exception):
    """A value that a field does not take; becomes the field's entry under `errors`."""


class Edit:
    def __init__(self, call: Call, issue: Issue) -> None:
        self._call, self._site, self._issue = call, call.site, issue
        self._values: dict[str, Any] = {}
        self._custom = dict(issue.custom)
        catalogue = call.site.catalogue
        self._readers: dict[str, Callable[[Field, Any], Any]] = {
            "text": _summary,
            "rich": self._rich,
            "number": lambda _, value: float(_checked(value, (int, float), "Operation value must be a number")),
            "labels": self._labels,
            "person": self._person,
            "sprint": self._sprints,
            "priority": _one_of(catalogue.priorities),
            "type": _one_of(catalogue.types),
            "option": _one_of(catalogue.options, by="value"),
        }

    def read(self, body: Mapping[str, Any]) -> dict[str, Any]:
        given, update = body.get("fields") or {}, body.get("update") or {}
        if not given and not update:
            raise JiraError(400, "one of 'fields' or 'update' required")
        twice = sorted(set(given) & set(update))
        errors = {name: f"Field '{name}' cannot appear in both 'fields' and 'update'." for name in twice}
        operations = {name: [{"set": value}] for name, value in given.items()} | update
        for name, changes in operations.items():
            if name not in errors:
                try:
                    self._apply(name, changes)
                except _InvalidValue as error:
                    errors[name] = str(error)
        if errors:
            raise JiraError(400, errors=errors)
        if self._custom != dict(self._issue.custom):
            self._values["custom"] = self._custom
        return self._values

    def _apply(self, name: str, changes: Any) -> None:
        known = self._site.fields.of_project(self._issue.project)
        field = next((field for field in known if field.id == name and field.edit), None)
        if field is None or not (self._call.deployment.is_cloud or "off-screen" not in field.flags):
            raise _InvalidValue(f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")
        for change in _checked(changes, list, _NO_ARRAY):
            for verb, value in _checked(change, dict, _NO_ARRAY).items():
                if verb not in field.operations:
                    raise _InvalidValue(f"Field does not support update '{verb}'.")
                if not field.custom or field.edit == "sprint":
                    read = self._readers[field.edit](field, {verb: value} if field.edit == "labels" else value)
                    self._values[_ATTRIBUTES.get(name, name)] = read
                elif value is None:
                    self._custom.pop(name, None)
                else:
                    self._custom[name] = self._readers[field.edit](field, value)

    def _labels(self, field: Field, change: Mapping[str, Any]) -> tuple[str, ...]:
        ((verb, value),) = change.items()
        known = self._values.get(field.id, self._issue.labels)
        labels = [_label(entry) for entry in (_checked(value, list, _NO_ARRAY) if verb == "set" else [value])]
        if verb == "remove":
            return tuple(label for label in known if label not in labels)
        return tuple(dict.fromkeys(labels if verb == "set" else [*known, *labels]))

    def _rich(self, field: Field, value: Any) -> Doc | None:
        if value is None:
            return None
        documents = self._call.version == 3
        text = _checked(value, dict if documents else str, _NO_DOCUMENT if documents else _NO_STRING)
        doc = _document(self._call, text)
        if len(adf_text.to_wiki(doc)) > _LONGEST_TEXT:
            raise _InvalidValue(_TOO_LONG)
        return schemas.stored(doc, f"{self._issue.id}/{field.id}") if documents else doc

    def _person(self, _field: Field, value: Any) -> str | None:
        account = self._call.deployment.account(value, self._site.accounts)
        if account is None and value is not None:
            raise _InvalidValue("User does not exist.")
        return account.id if account else None

    def _sprints(self, _field: Field, value: Any) -> tuple[int, ...]:
        if value is not None and (type(value) is not int or value not in self._site.sprints):
            raise _InvalidValue(f"Issue can be assigned only active or future sprints, {value} is none.")
        closed = self._call.world.closed_sprints(self._issue)
        return closed if value is None else tuple(dict.fromkeys((*closed, value)))


def read_comment(call: Call, body: Any) -> Doc:
    doc = read_text(call, body, "comment")
    text = adf_text.to_wiki(doc)
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise JiraError(400, errors={"comment": _TOO_LONG if text.strip() else "Comment body can not be empty!"})
    return doc


def read_text(call: Call, body: Any, name: str) -> Doc:
    if not isinstance(body, dict if call.version == 3 else str):
        raise JiraError(400, errors={name: "Comment body is not valid!"})
    return _document(call, body)


def _document(call: Call, value: Any) -> Doc:
    if isinstance(value, str):
        return call.deployment.document(value)
    if not schemas.is_document(value):
        raise JiraError(400, "INVALID_INPUT")
    return dict(value)


def _checked(value: Any, kind: type[T] | tuple[type[T], ...], message: str) -> T:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _InvalidValue(message)
    return value


def _summary(_field: Field, value: Any) -> str:
    text = _checked(value, str, _NO_STRING)
    if not text.strip():
        raise _InvalidValue("You must specify a summary of the issue.")
    if len(text) > _LONGEST_LINE or "\n" in text:
        raise _InvalidValue(f"Summary can't exceed {_LONGEST_LINE} characters or hold newlines.")
    return text.strip()


def _label(value: Any) -> str:
    text = _checked(value, str, _NO_STRING)
    if not text or any(char.isspace() for char in text):
        raise _InvalidValue(f"The label '{text}' contains spaces which is invalid.")
    if len(text) > _LONGEST_LINE:
        raise _InvalidValue(f"The label '{text}' exceeds the maximum length of {_LONGEST_LINE} characters.")
    return text


def _one_of(things: Mapping[str, Named | IssueType], by: str = "name") -> Callable[[Field, Any], str]:
    def read(field: Field, value: Any) -> str:
        ref = (value.get("id") or value.get(by)) if isinstance(value, dict) else None
        if not isinstance(ref, (str, int)):
            raise _InvalidValue(f"Specify a valid 'id' or '{by}'")
        names = [name for name, thing in things.items() if str(ref) in (name, thing.id)]
        if not names:
            raise _InvalidValue(f"{'Option value' if field.custom else field.name} '{ref}' is not valid")
        return names[0]

    return read
