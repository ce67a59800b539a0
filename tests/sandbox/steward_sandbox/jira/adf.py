"""Turns the text of a backlog file into an Atlassian document, as Jira's editors would have made it.

Wiki markup and Markdown are both read, line by line: headings, bullets, numbers, check boxes, code, quotations,
tables, rules, and bold, code and links within a line. Text without line breaks is one paragraph, whatever it holds.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from typing import Any

from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.model import Doc

Node = dict[str, Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FENCE = re.compile(r"\{(code|noformat)(?::([^}|]*)[^}]*)?\}|```(\w*)")
_QUOTE = re.compile(r"\{quote\}")
_HEADING = re.compile(r"h([1-6])\. +(\S.*)|(#{1,6}) +(\S.*)")
_RULE = re.compile(r"-{3,}|\*{3,}|_{3,}")
_TASK = re.compile(r" *(?:[-*+] )?\[([ xX])\] +(\S.*)")
_BULLET = re.compile(r"(?! *(?:[-*+] )?\[[ xX]\] +\S)( *)([-*+•]{1,6}) +(\S.*)")
_NUMBER = re.compile(r"( *)(\d{1,3}[.)]|#) +(\S.*)")
_CITED = re.compile(r"(?:> ?|bq\. +)(.*)")
_ROW = re.compile(r"\|.*\|")
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
    content = _blocks(lines) if len(lines) > 1 else (paragraph(line) for line in lines if line.strip())
    return {"type": "doc", "version": 1, "content": list(content)}


def _blocks(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if fence := _FENCE.fullmatch(line) or _QUOTE.fullmatch(line):
            closing = "```" if line.startswith("```") else line.partition(":")[0].rstrip("}") + "}"
            inner = list(takewhile(partial(_is_not, closing), lines[at + 1 :]))
            yield _code(inner, fence[2] or fence[3]) if fence.re is _FENCE else _quote(inner)
            at += len(inner) + 2
            continue
        for pattern, build in _RUNS:
            run = list(takewhile(pattern, lines[at:]))
            # A lone "# " is a heading of Markdown; several in a row are a numbered list of wiki markup.
            if run and not _RULE.fullmatch(line) and not (len(run) == 1 and line.startswith("# ")):
                yield build(run, at)
                at += len(run)
                break
        else:
            at += 1
            if line:
                yield _line(line)


def _is_not(closing: str, line: str) -> bool:
    return line.strip() != closing


def _line(line: str) -> Node:
    if heading := _HEADING.fullmatch(line):
        level = int(heading[1]) if heading[1] else len(heading[3])
        return {"type": "heading", "attrs": {"level": level}, "content": inline(heading[2] or heading[4])}
    return {"type": "rule"} if _RULE.fullmatch(line) else paragraph(line)


def _code(lines: list[str], language: str | None) -> Node:
    code = "\n".join(lines)
    attrs = {"language": language} if language else {}
    return {"type": "codeBlock", "attrs": attrs, **({"content": [{"type": "text", "text": code}]} if code else {})}


def _quote(lines: list[str]) -> Node:
    paragraphs = [paragraph(line) for line in lines if line.strip()]
    return {"type": "blockquote", "content": paragraphs or [{"type": "paragraph", "content": []}]}


def _cited(lines: list[str], _at: int) -> Node:
    return _quote([_CITED.sub(r"\1", line.strip()) for line in lines])


def _tasks(lines: list[str], at: int) -> Node:
    items: list[Node] = []
    for place, line in enumerate(lines):
        state, text = _TASK.sub(r"\1", line.rstrip()), _TASK.sub(r"\2", line.rstrip())
        attrs = {"localId": stable_uuid(str(at), str(place), text), "state": "TODO" if state == " " else "DONE"}
        items.append({"type": "taskItem", "attrs": attrs, "content": inline(text)})
    return {"type": "taskList", "attrs": {"localId": stable_uuid(str(at), "tasks")}, "content": items}


def _bullets(lines: list[str], _at: int) -> Node:
    parts = [re.split(_BULLET, line.rstrip())[1:4] for line in lines]
    return _nested("bulletList", [(max(len(mark) - 1, len(indent) // 2), text) for indent, mark, text in parts])


def _numbers(lines: list[str], _at: int) -> Node:
    parts = [re.split(_NUMBER, line.rstrip())[1:4] for line in lines]
    return _nested("orderedList", [(len(indent) // 2, text) for indent, _, text in parts])


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
        del open_lists[wanted + 1 :]
        open_lists[-1]["content"].append({"type": "listItem", "content": [paragraph(text)]})
    return top


def _table(lines: list[str], _at: int) -> Node:
    rows: list[Node] = []
    for line in map(str.strip, lines):
        if not re.fullmatch(r"\|[-:| ]+\|", line):
            kind = "tableHeader" if line.startswith("||") else "tableCell"
            cells = re.split(r"\|\|?", line.strip("|"))
            rows.append({"type": "tableRow", "content": [{"type": kind, "content": [paragraph(c)]} for c in cells]})
    return {"type": "table", "content": rows} if rows else {"type": "rule"}


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda line: pattern.fullmatch(line.rstrip()) is not None


_RUNS: tuple[tuple[Callable[[str], bool], Callable[[list[str], int], Node]], ...] = (
    (lambda line: _CITED.fullmatch(line.strip()) is not None, _cited),
    (_matching(_TASK), _tasks),
    (_matching(_BULLET), _bullets),
    (_matching(_NUMBER), _numbers),
    (lambda line: _ROW.fullmatch(line.strip()) is not None and line.strip("| ") != "", _table),
)
"""Blocks of several lines: which lines belong to one, and how it is built."""


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
