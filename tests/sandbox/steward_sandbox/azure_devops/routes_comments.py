"""Comments. They have a format since resource version 4."""

from typing import Any

from steward_sandbox.azure_devops import texts
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import Comment, Format, WorkItem
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.azure_devops.routing import route

_PATH = "wit/workitems/{id:int}/comments"
_FORMATS: dict[str, Format] = {"0": "markdown", "1": "html", "markdown": "markdown", "html": "html"}
"""Formats by name and by number."""


@route("GET", _PATH, "comments")
async def comments(call: Call) -> Any:
    """The comments of an item, newest first unless asked otherwise, a page at a time."""
    item = call.item()
    ascending = call.query("order").casefold() == "asc"
    known = sorted(item.shown_comments, key=lambda comment: comment.id, reverse=not ascending)
    most = call.options.comments_a_page
    start, size = call.integer("continuationToken", 0), min(call.integer("$top", most), most)
    page = known[start : start + size]
    rows = [_shown(call, item, comment) for comment in page]
    shown: dict[str, Any] = {"totalCount": len(known), "count": len(page), "comments": rows}
    if start + size < len(known):
        shown["continuationToken"] = str(start + size)
        shown["nextPage"] = f"{call.serialize.comments_url(item)}?continuationToken={start + size}&$top={size}"
    return shown


@route("POST", _PATH, "comments")
async def add(call: Call) -> Any:
    """A new comment; people are told, and the item gets a revision."""
    item = _item_to_comment(call)
    text, form = await _text(call, "html")
    if len(item.comments) >= call.options.comments_an_item:
        raise AzureError("comment_limit")
    return _shown(call, item, call.world.add_comment(item.id, call.account, text, form))


@route("GET", f"{_PATH}/{{comment}}", "comments")
async def comment(call: Call) -> Any:
    item = call.item()
    return _shown(call, item, _comment(call, item))


@route("PATCH", f"{_PATH}/{{comment}}", "comments")
async def edit(call: Call) -> Any:
    item = _item_to_comment(call)
    known = _own_comment(call, item)
    text, form = await _text(call, known.format)
    return _shown(call, item, call.world.edit_comment(item.id, known.id, call.account, text, form))


@route("DELETE", f"{_PATH}/{{comment}}", "comments")
async def delete(call: Call) -> None:
    item = _item_to_comment(call)
    call.world.edit_comment(item.id, _own_comment(call, item).id, call.account, "", deleted=True)


def _item_to_comment(call: Call) -> WorkItem:
    item = call.item()
    call.need("SAVE_COMMENT", call.project, "Edit work item comments")
    return item


def _comment(call: Call, item: WorkItem) -> Comment:
    number = call.param("comment")
    found = next((known for known in item.shown_comments if str(known.id) == number), None)
    if found is None:
        raise AzureError("no_comment", comment=number)
    return found


def _own_comment(call: Call, item: WorkItem) -> Comment:
    """The comment in the path; those of others need a permission."""
    found = _comment(call, item)
    if found.versions[0].by != call.account.id:
        call.need("EDIT_OTHERS_COMMENTS", call.project, "Edit comments of other people")
    return found


async def _text(call: Call, form: Format) -> tuple[str, Format]:
    """The text that a caller sent, as it is stored, and its format where another one is asked for."""
    text, asked = (await call.body())["text"], call.query("format").casefold()
    form = _FORMATS.get(asked, form) if call.version.has_formats else form
    return texts.sanitize(text, form), form


def _shown(call: Call, item: WorkItem, comment: Comment) -> Any:
    old_ids = call.options.old_comment_ids
    return call.serialize.comment(item, comment, has_formats=call.version.has_formats, old_ids=old_ids)
