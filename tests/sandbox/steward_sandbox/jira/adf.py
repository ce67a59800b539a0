"""Turns the text of a backlog file into an Atlassian document, as Jira's editors would have made it.

Wiki markup and Markdown are both read, a line at a time: headings, bullets, numbers, check boxes, code, quotations,
tables, rules, and the usual marks inside a line. Text without line breaks is one paragraph, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.model import Doc

Node = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FENCE = re.compile(r"\{(code|noformat)(?::([^}|]*)[^}]*)?\}|```(\w*)")
_QUOTE = re.compile(r"\{quote\}")
_HEADING = re.compile(r"h([1-6])\. +(\S.*)|(#{2,6}) +(\S.*)")
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}")
_TASK = re.compile(r"( *)(?:[-*+] )?\[([ xX])\] +(\S.*)")
_BULLET = re.compile(r"( *)([-*+•]{1,6}) +(\S.*)")
_NUMBER = re.compile(r"( *)(?:\d{1,3}[.)]|#) +(\S.*)")
_CITED = re.compile(r"(?:> ?|bq\. +)(.*)")
_ROW = re.compile(r"\|.*\|")
_RULED_ROW = re.compile(r"\|[-:| ]+\|")
_MARKED = re.compile(
    r"\{\{(?P<mono>[^{}\n]+)\}\}"
    r"|`(?P<tick>[^`\n]+)`"
    r"|\*\*(?P<bold>\S(?:[^*\n]*\S)?)\*\*"
    r"|(?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|\[(?P<text>[^\[\]|\n]+)\|(?P<wiki>https?://[^\s\]|]+)\]"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<href>https?://[^\s)]+)\)"
    r"|(?P<bare>https?://[^\s<>\"'|\])}]+)"
)
_MAX_DEPTH = 5


def from_text(text: str) -> Doc:
    """The document that this text stands for."""
    lines = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").split("\n")
    content = _blocks(lines, "") if len(lines) > 1 else (paragraph(line) for line in lines if line.strip())
    return {"type": "doc", "version": 1, "content": list(content)}


def _blocks(lines: list[str], path: str) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        reader = _reader(lines, at, line)
        if reader is not None:
            node, at = reader(lines, at, f"{path}/{at}")
            yield node
            continue
        at += 1
        if not line:
            continue
        if heading := _HEADING.fullmatch(line):
            level = int(heading[1]) if heading[1] else len(heading[3])
            yield {"type": "heading", "attrs": {"level": level}, "content": inline(heading[2] or heading[4])}
        elif line.startswith("# ") and line[2:].strip():
            yield {"type": "heading", "attrs": {"level": 1}, "content": inline(line[2:].strip())}
        elif _RULE.fullmatch(line):
            yield {"type": "rule"}
        else:
            yield paragraph(line)


Reader = Callable[[list[str], int, str], tuple[Node, int]]


def _reader(lines: list[str], at: int, line: str) -> Reader | None:
    """Who reads the block of several lines that starts here, if one does."""
    ragged = lines[at].rstrip()
    readers: tuple[tuple[object, Reader], ...] = (
        (_FENCE.fullmatch(line), _code),
        (_QUOTE.fullmatch(line) or _CITED.fullmatch(line), _quote),
        (_TASK.fullmatch(ragged), _tasks),
        (_BULLET.fullmatch(ragged) and not _RULE.fullmatch(line), _bullets),
        # A lone "# " is a heading of Markdown; several in a row are a numbered list of wiki markup.
        (_NUMBER.fullmatch(ragged) and (not line.startswith("# ") or _numbered(lines, at + 1)), _numbers),
        (_ROW.fullmatch(line) and line.strip("| "), _table),
    )
    return next((reader for found, reader in readers if found), None)


def _numbered(lines: list[str], at: int) -> bool:
    return at < len(lines) and _NUMBER.fullmatch(lines[at].rstrip()) is not None


def _code(lines: list[str], at: int, _path: str) -> tuple[Node, int]:
    opening = lines[at].strip()
    fence = _FENCE.fullmatch(opening)
    closing = "```" if opening.startswith("```") else "{" + (fence[1] if fence else "") + "}"
    end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == closing), len(lines))
    node: Node = {"type": "codeBlock", "attrs": {}}
    language = (fence[2] or fence[3]) if fence else None
    if language:
        node["attrs"]["language"] = language
    code = "\n".join(lines[at + 1 : end])
    if code:
        node["content"] = [{"type": "text", "text": code}]
    return node, end + 1


def _quote(lines: list[str], at: int, _path: str) -> tuple[Node, int]:
    if _QUOTE.fullmatch(lines[at].strip()):
        end = next((n for n in range(at + 1, len(lines)) if _QUOTE.fullmatch(lines[n].strip())), len(lines))
        said, after = [line.strip() for line in lines[at + 1 : end]], end + 1
    else:
        said, after = [], at
        while after < len(lines) and (cited := _CITED.fullmatch(lines[after].strip())):
            said.append(cited[1].strip())
            after += 1
    paragraphs = [paragraph(line) for line in said if line]
    return {"type": "blockquote", "content": paragraphs or [{"type": "paragraph", "content": []}]}, after


def _tasks(lines: list[str], at: int, path: str) -> tuple[Node, int]:
    items: list[Node] = []
    while at < len(lines) and (task := _TASK.fullmatch(lines[at].rstrip())):
        state = "TODO" if task[2] == " " else "DONE"
        attrs = {"localId": stable_uuid(path, str(at), task[3]), "state": state}
        items.append({"type": "taskItem", "attrs": attrs, "content": inline(task[3])})
        at += 1
    return {"type": "taskList", "attrs": {"localId": stable_uuid(path, "tasks")}, "content": items}, at


def _bullets(lines: list[str], at: int, _path: str) -> tuple[Node, int]:
    entries: list[tuple[int, str]] = []
    while at < len(lines) and (bullet := _BULLET.fullmatch(lines[at].rstrip())):
        if _TASK.fullmatch(lines[at].rstrip()):
            break
        entries.append((max(len(bullet[2]) - 1, len(bullet[1]) // 2), bullet[3]))
        at += 1
    return _nested("bulletList", entries), at


def _numbers(lines: list[str], at: int, _path: str) -> tuple[Node, int]:
    entries: list[tuple[int, str]] = []
    while at < len(lines) and (number := _NUMBER.fullmatch(lines[at].rstrip())):
        entries.append((len(number[1]) // 2, number[2]))
        at += 1
    return _nested("orderedList", entries), at


def _nested(kind: str, entries: list[tuple[int, str]]) -> Node:
    """A list from entries with depths; an entry never lies more than one level below the one before it."""
    top: Node = {"type": kind, "content": []}
    open_lists = [top]
    for depth, text in entries:
        wanted = min(depth, len(open_lists), _MAX_DEPTH)
        if wanted == len(open_lists) and open_lists[-1]["content"]:
            deeper: Node = {"type": kind, "content": []}
            open_lists[-1]["content"][-1]["content"].append(deeper)
            open_lists.append(deeper)
        del open_lists[max(wanted, 0) + 1 :]
        open_lists[-1]["content"].append({"type": "listItem", "content": [paragraph(text)]})
    return top


def _table(lines: list[str], at: int, _path: str) -> tuple[Node, int]:
    rows: list[Node] = []
    while at < len(lines) and _ROW.fullmatch(line := lines[at].strip()):
        at += 1
        if _RULED_ROW.fullmatch(line):
            continue
        kind = "tableHeader" if line.startswith("||") else "tableCell"
        cells = re.split(r"\|\|?", line.strip("|"))
        rows.append({"type": "tableRow", "content": [{"type": kind, "content": [paragraph(c)]} for c in cells]})
    return ({"type": "table", "content": rows} if rows else {"type": "rule"}), at


def paragraph(line: str) -> Node:
    """A paragraph with the marks of this line."""
    return {"type": "paragraph", "content": inline(line.strip())}


def inline(line: str) -> list[Node]:
    """Text nodes for one line."""
    nodes: list[Node] = []
    end = 0
    for match in _MARKED.finditer(line):
        if match.start() > end:
            nodes.append({"type": "text", "text": line[end : match.start()]})
        nodes.append(_marked(match))
        end = match.end()
    if end < len(line):
        nodes.append({"type": "text", "text": line[end:]})
    return nodes


def _marked(match: re.Match[str]) -> Node:
    if code := match["mono"] or match["tick"]:
        return {"type": "text", "text": code, "marks": [{"type": "code"}]}
    if strong := match["bold"] or match["strong"]:
        return {"type": "text", "text": strong, "marks": [{"type": "strong"}]}
    href = match["wiki"] or match["href"] or match["bare"]
    text = match["text"] or match["label"] or href
    return {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": href}}]}
