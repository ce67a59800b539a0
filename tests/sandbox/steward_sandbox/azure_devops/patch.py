"""Reads a JSON Patch for a work item: what it tests, and what it changes."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import field_values, item_rules
from steward_sandbox.azure_devops.call import Call, gone, unknown_field
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.field_values import BadValue
from steward_sandbox.azure_devops.item_rules import Rule
from steward_sandbox.azure_devops.links import direction
from steward_sandbox.azure_devops.model import Format, Relation, Value, WorkItem
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.sanitiser import sanitised
from steward_sandbox.azure_devops.wire import Refusal, missing

_VERBS = ("add", "replace", "remove", "test", "copy", "move")


class Change(Struct):
    """What a patch asks for.

    Attributes:
        said: A comment in HTML.
    """

    fields: dict[str, Value | None] = field(default_factory=dict)
    formats: dict[str, Format] = field(default_factory=dict)
    said: str | None = None
    add: list[Relation] = field(default_factory=list)
    remove: list[Relation] = field(default_factory=list)
    broken: list[Rule] = field(default_factory=list)


class Patch:
    """A patch for an item, or for one that is to be made.

    Args:
        call: The request.
        item: The item; None is a new one.
        project: Where it is, or will be.
    """

    def __init__(self, call: Call, item: WorkItem | None, project: Project) -> None:
        self._call = call
        self._item = item
        self._project = project
        self._number = item.id if item is not None else -1
        self._links = call.answers.relations(item) if item is not None else []
        self._known = {ref.casefold(): ref for ref in call.collection.fields}
        self._change = Change()

    def read(self, body: Any) -> Change:
        """What it asks for.

        Raises:
            Refusal: It is no patch, a test fails, or it names what is not there.
        """
        if not isinstance(body, list) or not body:
            message = "You must pass a valid patch document in the body of the request."
            raise Refusal(400, "VssPropertyValidationException", message)
        operations = [_operation(entry) for entry in body]
        self._formats(operations)
        for verb, path, value in operations:
            head, _, rest = path.strip("/").partition("/")
            match head.casefold():
                case "rev" | "id":
                    self._test(verb, head.casefold(), value)
                case "fields" if rest:
                    self._field(verb, rest, value)
                case "relations" if rest:
                    self._relation(verb, rest, value)
                case "multilinefieldsformat":
                    continue
                case _:
                    raise _failed(f"Unable to evaluate path {path}.")
        return self._change

    def _formats(self, operations: list[tuple[str, str, Any]]) -> None:
        """Formats come first: a value is read in the format that its field gets in the same patch."""
        given = {path.strip("/").partition("/")[2].casefold() for _, path, _ in operations if "/fields/" in path}
        for _, path, value in operations:
            head, _, rest = path.strip("/").partition("/")
            if head.casefold() != "multilinefieldsformat":
                continue
            if self._call.collection.server is not None:
                raise _failed(f"Unable to evaluate path {path}.")
            ref = self._ref(rest)
            if rest.casefold() not in given:
                message = f"VS403319: The type changed without a value for field {ref}."
                raise Refusal(400, "WorkItemFieldInvalidException", message)
            wanted = str(value).casefold()
            if wanted not in ("markdown", "html"):
                raise missing(f"The format '{value}' is not valid for field {ref}.")
            if wanted == "html" and self._format(ref) == "markdown":
                message = f"VS403319: The field {ref} cannot be changed from markdown to html."
                raise Refusal(400, "WorkItemFieldInvalidException", message)
            self._change.formats[ref] = "markdown" if wanted == "markdown" else "html"

    def _test(self, verb: str, name: str, value: Any) -> None:
        if verb != "test":
            raise _failed(f"Unable to evaluate path /{name}.")
        now = self._number if name == "id" else self._item.rev if self._item else 0
        if str(now) != str(value):
            message = (
                f"VS403351: Test Operation for path /{name} failed, value {now} was not equal to test value {value}."
            )
            raise Refusal(412, "TestPatchOperationFailedException", message)

    def _field(self, verb: str, name: str, value: Any) -> None:
        ref = self._ref(name)
        if verb == "test":
            self._test_field(ref, value)
            return
        if verb == "remove":
            value = None
        if ref == names.HISTORY:
            self._change.said = sanitised(str(value or ""), "html") or None
        elif ref == names.TAGS:
            before = self._item.tags if self._item else ()
            self._change.fields[ref] = field_values.tags(self._call, self._project, value, before, verb)
        elif ref in field_values.TREES:
            self._change.fields[field_values.TREES[ref][1]] = field_values.node(self._call, self._number, ref, value)
        elif ref == names.PROJECT:
            self._move(value)
        else:
            self._plain(ref, value)

    def _plain(self, ref: str, value: Any) -> None:
        known = self._call.collection.fields[ref]
        if known.computed:
            self._change.broken.append((ref, "ReadOnly, InvalidNotOldValue"))
            return
        try:
            read = field_values.read(self._call, known, value, self._change.formats.get(ref) or self._format(ref))
        except BadValue as bad:
            self._change.broken.append(bad.rule)
            return
        self._change.fields[ref] = self._type_name(read) if ref == names.TYPE else read

    def _type_name(self, value: Value | None) -> Value | None:
        found = self._project.process.type(str(value))
        return found.name if found is not None else value

    def _move(self, value: Any) -> None:
        found = self._call.collection.find_project(str(value))
        if found is None:
            message = f"TF401349: The project {value} does not exist."
            raise Refusal(400, "WorkItemTargetProjectDoesNotExistException", message)
        self._project = found
        for ref, root in ((names.AREA_ID, found.areas), (names.ITERATION_ID, found.iterations)):
            given = self._change.fields.get(ref)
            at_home = given is not None and self._call.collection.trees.by_id[int(str(given))].project == found.id
            if not at_home:
                self._change.fields[ref] = root

    def _test_field(self, ref: str, value: Any) -> None:
        shown = self._call.answers.item(self._item, fields=[ref])["fields"].get(ref) if self._item else None
        if shown != value:
            said = f"value {shown} was not equal to test value {value}."
            message = f"VS403351: Test Operation for path /fields/{ref} failed, {said}"
            raise Refusal(412, "TestPatchOperationFailedException", message)

    def _relation(self, verb: str, place: str, value: Any) -> None:
        if verb == "remove" and place.isdecimal():
            if int(place) >= len(self._links):
                raise _failed(f"Index out of range for path /relations/{place}.")
            # Each removal counts in the list as it is left by the one before.
            self._change.remove.append(self._links.pop(int(place)))
            return
        if verb != "add" or place != "-" or not isinstance(value, Mapping):
            raise _failed(f"Unable to evaluate path /relations/{place}.")
        self._change.add.append(self._added(value))

    def _added(self, value: Mapping[str, Any]) -> Relation:
        rel, url = str(value.get("rel")), str(value.get("url"))
        if direction(rel) is None:
            raise missing(f"Unrecognized type of relation '{rel}'.")
        number = url.rstrip("/").rpartition("/")[2]
        other = self._call.world.items.get(int(number)) if number.isdecimal() else None
        if other is None or not self._call.sees(other):
            raise gone(number)
        comment = (value.get("attributes") or {}).get("comment") or ""
        relation = Relation(rel, other.id, str(comment))
        self._refuse_link(relation)
        return relation

    def _refuse_link(self, relation: Relation) -> None:
        links, item = self._call.world.links, self._number
        if relation.other == item or any((r.rel, r.other) == (relation.rel, relation.other) for r in self._links):
            raise Refusal(400, "RelationAlreadyExistsException", "Relation already exists.")
        if len(self._links) + len(self._change.add) >= self._call.behaviour.links_an_item:
            raise Refusal(400, "WorkItemLinkLimitExceededException", "VS403312: The work item has too many links.")
        removed = {other for gone_link in self._change.remove for other in (gone_link.other,)}
        child = links.second_parent(item, relation)
        if child is not None and not (child == item and links.parent(item) in removed):
            message = (
                f"TF201036: You cannot add a Child link between work items {relation.other} and {item} because a work "
                "item can have only one Parent link."
            )
            raise Refusal(400, "WorkItemLinkAddExtraParentException", message)
        if links.leads_back(item, relation):
            message = f"TF201063: Adding a link to work item {relation.other} would result in a circular relationship."
            raise Refusal(400, "WorkItemLinkCircularException", message)

    def _format(self, ref: str) -> Format:
        return self._item.now.formats.get(ref, "html") if self._item else "html"

    def _ref(self, name: str) -> str:
        found = self._known.get(name.casefold())
        if found is None:
            raise unknown_field(name)
        return found


def rule_error(call: Call, broken: list[Rule]) -> Refusal:
    """The refusal of a save that breaks rules; it names all of them, and the first one in its message."""
    entries = [
        {
            "fieldReferenceName": ref,
            "fieldStatusFlags": words,
            "errorMessage": _rule_words(call, ref, words),
            "fieldStatusCode": 0,
            "ruleValidationErrors": None,
        }
        for ref, words in broken
    ]
    first = entries[0]
    properties = {
        "FieldReferenceName": first["fieldReferenceName"],
        "FieldStatusFlags": first["fieldStatusFlags"],
        "ErrorMessage": first["errorMessage"],
        "FieldStatusCode": 0,
        "RuleValidationErrors": entries,
    }
    return Refusal(400, "RuleValidationException", str(first["errorMessage"]), extra={"customProperties": properties})


def _rule_words(call: Call, ref: str, words: str) -> str:
    if words.startswith("The "):
        return words
    return f"TF401320: Rule Error for field {call.collection.fields[ref].name}. Error code: {words}."


def check(call: Call, kind: Type, change: Change, values: Mapping[str, Value], before: Mapping[str, Value]) -> None:
    """Refuses values that break a rule of the type, whoever broke it, and whenever.

    Raises:
        Refusal: They do.
    """
    fields, requires = call.collection.fields, call.collection.requires
    broken = [*change.broken, *item_rules.broken(kind, values, before, fields, requires)]
    if broken:
        raise rule_error(call, broken)


def _operation(entry: Any) -> tuple[str, str, Any]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("path"), str):
        raise _failed("You must pass a valid patch document in the body of the request.")
    verb = str(entry.get("op", "")).casefold()
    if verb not in _VERBS or verb in ("copy", "move"):
        raise _failed(f"The operation '{entry.get('op')}' is not supported.")
    return verb, entry["path"], entry.get("value")


def _failed(message: str) -> Refusal:
    return Refusal(400, "PatchOperationFailedException", message)
