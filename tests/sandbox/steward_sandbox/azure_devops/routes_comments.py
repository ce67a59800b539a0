"""Comments. They have a format since resource version 4, and versions of what they said."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import item_rules, texts, wire
from steward_sandbox.azure_devops import patch as patches
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import Comment, CommentVersion, Format, WorkItem
from steward_sandbox.azure_devops.patch import Change
from steward_sandbox.azure_devops.routing import PROJECT, WRITE, Route
from steward_sandbox.azure_devops.sanitiser import sanitised
from steward_sandbox.azure_devops.wire import Refusal, stamp

_FORMATS_SINCE = 4


async def comments(call: Call) -> Response:
    """The comments of an item, newest first unless asked otherwise, a page at a time; or some by their ids."""
    item = call.item()
    deleted = wire.flag(call.request, "includeDeleted")
    known = [comment for comment in item.comments if deleted or not comment.now.deleted]
    ids = wire.words(call.request, "ids")
    if ids:
        picked = [comment for comment in known if str(comment.id) in ids]
        return wire.answer(_list(call, item, picked, len(picked)))
    ascending = wire.query(call.request, "order").casefold() == "asc"
    known.sort(key=lambda comment: comment.id, reverse=not ascending)
    start = _start(call, known, ascending=ascending)
    size = wire.whole(call.request, "$top", call.behaviour.comments_a_page) or call.behaviour.comments_a_page
    shown = _list(call, item, known[start : start + size], len(known))
    if start + size < len(known):
        token = texts_token(known[start + size - 1])
        shown["continuationToken"] = token
        shown["nextPage"] = f"{_url(call, item)}?continuationToken={token}&$top={size}"
    return wire.answer(shown)


async def comment(call: Call) -> Response:
    """One comment."""
    item = call.item()
    return wire.answer(_shown(call, item, _comment(call, item)))


async def add(call: Call) -> Response:
    """A new comment; people are told, and the item gets a revision."""
    item = call.item()
    _refuse(call, item)
    text, form = await _text(call, None)
    if len(item.comments) >= call.behaviour.comments_an_item:
        raise Refusal(400, "CommentUpdateException", "VS403318: The work item has too many comments.")
    made = call.world.add_comment(item.id, call.caller, text, form)
    return wire.answer(_shown(call, call.world.item(item.id), made))


async def edit(call: Call) -> Response:
    """An edit of a comment in place."""
    item = call.item()
    known = _comment(call, item)
    _refuse(call, item, known)
    text, form = await _text(call, known)
    made = call.world.edit_comment(item.id, known.id, call.caller, text, form)
    return wire.answer(_shown(call, call.world.item(item.id), made))


async def delete(call: Call) -> Response:
    """Deletes a comment; it stays as a mark."""
    item = call.item()
    known = _comment(call, item)
    _refuse(call, item, known)
    call.world.delete_comment(item.id, known.id, call.caller)
    return wire.nothing()


async def versions(call: Call) -> Response:
    """Everything that a comment ever said."""
    item = call.item()
    known = _comment(call, item, deleted=True)
    return wire.listed(_version(call, item, known, number) for number in range(1, len(known.versions) + 1))


async def version(call: Call) -> Response:
    """One version of a comment."""
    item = call.item()
    known = _comment(call, item, deleted=True)
    text = call.params["version"]
    if not text.isdecimal() or not 1 <= int(text) <= len(known.versions):
        message = f"VS403317: Version {text} of comment {known.id} does not exist."
        raise Refusal(404, "CommentVersionNotFoundException", message)
    return wire.answer(_version(call, item, known, int(text)))


def texts_token(last: Comment) -> str:
    """The token after a comment; opaque to callers."""
    return f"c{last.id:x}"


def _start(call: Call, known: list[Comment], *, ascending: bool) -> int:
    token = wire.query(call.request, "continuationToken")
    if not token:
        return 0
    try:
        last = int(token.removeprefix("c"), 16)
    except ValueError as error:
        raise wire.missing("The continuation token is not valid.") from error
    passed = (comment.id <= last if ascending else comment.id >= last for comment in known)
    return sum(passed)


async def _text(call: Call, known: Comment | None) -> tuple[str, Format]:
    """The text that a caller sent, as it is stored; without a format it is HTML, or stays what it was."""
    body = await wire.read_object(call.request)
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise wire.missing("Value cannot be null.\r\nParameter name: text")
    if len(text) > item_rules.MAX_TEXT:
        raise Refusal(400, "CommentUpdateException", "VS403316: The text of the comment is too long.")
    form: Format = known.format if known is not None else "html"
    if call.version.revision >= _FORMATS_SINCE:
        said = wire.query(call.request, "format").casefold()
        # The services know formats by number, too.
        wanted = {"": form, "0": "markdown", "1": "html", "markdown": "markdown", "html": "html"}.get(said)
        if wanted is None:
            raise wire.missing(f"The value '{said}' is not valid for format.")
        form = "markdown" if wanted == "markdown" else "html"
    return sanitised(text, form), form


def _refuse(call: Call, item: WorkItem, known: Comment | None = None) -> None:
    project = call.world.project_of(item)
    call.need("SAVE_COMMENT", project, "Edit work item comments")
    if known is not None and known.versions[0].by != call.caller.id:
        call.need("EDIT_OTHERS_COMMENTS", project, "Edit comments of other people")
    if call.behaviour.late_comments:
        patches.check(call, call.world.type_of(item), Change(), item.fields, item.fields)


def _comment(call: Call, item: WorkItem, *, deleted: bool = False) -> Comment:
    number = call.params["comment"]
    found = next((known for known in item.comments if str(known.id) == number), None)
    shown = deleted or wire.flag(call.request, "includeDeleted")
    if found is None or (found.now.deleted and not shown):
        raise Refusal(404, "CommentNotFoundException", f"VS403315: Comment {number} does not exist.")
    return found


def _list(call: Call, item: WorkItem, rows: list[Comment], total: int) -> dict[str, Any]:
    return {"totalCount": total, "count": len(rows), "comments": [_shown(call, item, row) for row in rows]}


def _shown(call: Call, item: WorkItem, comment: Comment) -> dict[str, Any]:
    first = comment.versions[0]
    shown = {
        "workItemId": item.id,
        "commentId" if call.behaviour.old_comment_ids else "id": comment.id,
        **_said(call, comment, len(comment.versions)),
        "createdBy": call.nouns.person(first.by),
        "createdDate": stamp(first.at),
    }
    if call.version.revision >= _FORMATS_SINCE:
        shown["format"] = comment.format
    return shown | {"url": f"{_url(call, item)}/{comment.id}"}


def _version(call: Call, item: WorkItem, comment: Comment, number: int) -> dict[str, Any]:
    first = comment.versions[0]
    return {
        "id": comment.id,
        **_said(call, comment, number),
        "createdBy": call.nouns.person(first.by),
        "createdDate": stamp(first.at),
        "url": f"{_url(call, item)}/{comment.id}/versions/{number}",
    }


def _said(call: Call, comment: Comment, number: int) -> dict[str, Any]:
    """What one version of a comment said; whatever is not deleted does not say so."""
    found: CommentVersion = comment.versions[number - 1]
    shown: dict[str, Any] = {
        "version": number,
        "text": found.text,
        "modifiedBy": call.nouns.person(found.by),
        "modifiedDate": stamp(found.at),
    }
    if found.deleted:
        shown["isDeleted"] = True
    expand = wire.query(call.request, "$expand").casefold()
    markdown = comment.format == "markdown"
    if call.version.revision >= _FORMATS_SINCE and (expand in ("renderedtext", "all") or markdown):
        shown["renderedText"] = texts.rendered(found.text, comment.format)
    return shown


def _url(call: Call, item: WorkItem) -> str:
    return f"{call.nouns.item_url(item.id, call.world.project_of(item))}/comments"


_COMMENTS = "wit/workitems/{id}/comments"
ROUTES = (
    Route("GET", _COMMENTS, comments, PROJECT, "comments"),
    Route("POST", _COMMENTS, add, PROJECT, "comments", WRITE),
    Route("GET", f"{_COMMENTS}/{{comment}}", comment, PROJECT, "comments"),
    Route("PATCH", f"{_COMMENTS}/{{comment}}", edit, PROJECT, "comments", WRITE),
    Route("DELETE", f"{_COMMENTS}/{{comment}}", delete, PROJECT, "comments", WRITE),
    Route("GET", f"{_COMMENTS}/{{comment}}/versions", versions, PROJECT, "comment versions"),
    Route("GET", f"{_COMMENTS}/{{comment}}/versions/{{version}}", version, PROJECT, "comment versions"),
)
