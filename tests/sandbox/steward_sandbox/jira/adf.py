"""Turns the text of a backlog file into an Atlassian document, as Jira's editors would have made it.

Wiki markup and Markdown are both read, line by line: headings, bullets, numbers, check boxes, code, quotations, and
bold, code and links within a line. Text without line breaks is one paragraph, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.adf_text import WIKI
from steward_sandbox.jira.model import Doc

Node = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FENCE = re.compile(r"\{(code|noformat)(?::([^}|]*)[^}]*)?\}|```(\w*)")
_QUOTE = re.compile(r"\{quote\}")
_HEADING = re.compile(r"h([1-6])\. +(\S.*)|(#{1,6}) +(\S.*)")
_TASK = re.compile(r" *(?:[-*+] )?\[([ xX])\] +(\S.*)")
_BULLET = re.compile(r" *[-*+•]{1,6} +(?!\[[ xX]\] +\S)(\S.*)")
_NUMBER = re.compile(r" *(?:\d{1,3}[.)]|#) +(\S.*)")
_CITED = re.compile(r" *(?:> ?|bq\. +)(.*)")
_MARKED = re.compile(
    r"\{\{(?P<mono>[^{}\n]+)\}\}"
    r"|`(?P<tick>[^`\n]+)`"
    r"|\*\*(?P<bold>\S(?:[^*\n]*\S)?)\*\*"
    r"|(?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|\[(?P<text>[^\[\]|\n]+)\|(?P<wiki>https?://[^\s\]|]+)\]"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<href>https?://[^\s)]+)\)"
    r"|(?P<bare>https?://[^\s<>\"'|\])}]+)"
)
_INVISIBLE = re.compile(r"(?<!\\)\{anchor(?::(?:[^}\\]|\\[^}])*)?\}")
_BREAK = re.compile(r" ?\\\\(?: |$)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([{}\[\]|*_+^~!?.\\-])")


def from_text(text: str) -> Doc:
    lines = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").split("\n")
    content = _blocks(lines) if len(lines) > 1 else (_paragraph(line) for line in lines if line.strip())
    return {"type": "doc", "version": 1, "content": list(content)}


def from_wiki(text: str) -> Doc:
    """A document for wiki markup that is kept as it was written: about what people see of it."""
    seen = _ESCAPED.sub(r"\1", _BREAK.sub("\n", _INVISIBLE.sub("", text)))
    return {**from_text(seen), WIKI: text.replace("\r\n", "\n")}


def _blocks(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if fence := _FENCE.fullmatch(line) or _QUOTE.fullmatch(line):
            closing = "```" if line.startswith("```") else line.partition(":")[0].rstrip("}") + "}"
            inner = [*takewhile(lambda row, closing=closing: row.strip() != closing, lines[at + 1 :])]  # type: ignore[misc]
            yield _code(inner, fence[2] or fence[3]) if fence.re is _FENCE else _quote(inner)
            at += len(inner) + 2
            continue
        for pattern, build in _RUNS:
            found = (pattern.fullmatch(row.rstrip()) for row in lines[at:])
            run = [match for match in takewhile(bool, found) if match]
            # A lone "# " is a heading of Markdown; several in a row are a numbered list of wiki markup.
            if run and not (len(run) == 1 and line.startswith("# ")):
                yield build(run)
                at += len(run)
                break
        else:
            at += 1
            if heading := _HEADING.fullmatch(line):
                level = int(heading[1]) if heading[1] else len(heading[3])
                yield {"type": "heading", "attrs": {"level": level}, "content": _inline(heading[2] or heading[4])}
            elif line:
                yield _paragraph(line)


def _code(lines: list[str], language: str | None) -> Node:
    code = "\n".join(lines)
    attrs = {"language": language} if language else {}
    return {"type": "codeBlock", "attrs": attrs, **({"content": [{"type": "text", "text": code}]} if code else {})}


def _quote(lines: list[str]) -> Node:
    paragraphs = [_paragraph(line) for line in lines if line.strip()]
    return {"type": "blockquote", "content": paragraphs or [{"type": "paragraph", "content": []}]}


def _tasks(found: list[re.Match[str]]) -> Node:
    items: list[Node] = []
    for place, match in enumerate(found):
        attrs = {"localId": stable_uuid(str(place), match[2]), "state": "TODO" if match[1] == " " else "DONE"}
        items.append({"type": "taskItem", "attrs": attrs, "content": _inline(match[2])})
    return {"type": "taskList", "attrs": {"localId": stable_uuid("tasks", found[0][2])}, "content": items}


def _list(kind: str) -> Callable[[list[re.Match[str]]], Node]:
    def build(found: list[re.Match[str]]) -> Node:
        return {"type": kind, "content": [{"type": "listItem", "content": [_paragraph(m[1])]} for m in found]}

    return build


_RUNS: tuple[tuple[re.Pattern[str], Callable[[list[re.Match[str]]], Node]], ...] = (
    (_CITED, lambda found: _quote([match[1] for match in found])),
    (_TASK, _tasks),
    (_BULLET, _list("bulletList")),
    (_NUMBER, _list("orderedList")),
)
"""Blocks of several lines: which lines belong to one, and how it is built."""


def _paragraph(line: str) -> Node:
    return {"type": "paragraph", "content": _inline(line.strip())}


def _inline(line: str) -> list[Node]:
    nodes: list[Node] = []
    end = 0
    for match in _MARKED.finditer(line):
        nodes += [{"type": "text", "text": line[end : match.start()]}] if match.start() > end else []
        nodes.append(_marked(match))
        end = match.end()
    return [*nodes, {"type": "text", "text": line[end:]}] if end < len(line) else nodes


def _marked(match: re.Match[str]) -> Node:
    if code := match["mono"] or match["tick"]:
        return {"type": "text", "text": code, "marks": [{"type": "code"}]}
    if strong := match["bold"] or match["strong"]:
        return {"type": "text", "text": strong, "marks": [{"type": "strong"}]}
    href = match["wiki"] or match["href"] or match["bare"]
    text = match["text"] or match["label"] or href
    return {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": href}}]}
