"""Jira's wiki markup, as in Data Center, exports and old issues.

Source: Jira's "Text Formatting Notation Help". Reading is one pass over the lines; unknown markup stays text.
"""

import html as entities
import re
from collections.abc import Iterator

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE, SCENARIO_LANGUAGES, bullet, one_line, row
from connectors.markup.words import CODE_SENTINEL, printable
from rules.model import Block, BlockKind, RichText, limit_text

_HEADING = re.compile(r"\s*h([1-6])\.\s*(.*)")
_LIST = re.compile(r"\s*([*#]+|-)\s+(.*)")
_BOX = re.compile(r"\[[ xX]\]\s+")
_MACRO = re.compile(
    r"(?<!\\)\{(code|noformat|quote|panel|info|note|tip|warning|expand|details)(?::((?:[^{}\\]|\\[^}])*+))?\}"
)
_TITLE = re.compile(r"(?:^|\|)\s*title\s*=([^|]*)")
_CODE = ("code", "noformat")
_SCENARIO = "scenario"
_BOLD = re.compile(r"\*([^*\n]+)\*:?")
_STRUCK = re.compile(r"-[^\s-](?:.*[^\s-])?-")
_TARGETS = ("http://", "https://", "mailto:", "#", "^", "~")
_ADDRESS = re.compile(r"https?://\S+")
_LINK = re.compile(r"(?<!\\)\[(?:([^\[\]|\n]++)\|)?([^\[\]\n|]++)(?:\|[^\[\]\n]*+)?\]")
_IMAGE = re.compile(r"(?<!\\)!([^!\s|][^!\n|]*\.\w{2,4})(?:\|[^!\n]*)?!")
_COLOUR = re.compile(r"(?<!\\)\{color(?::(?:[^{}\\]|\\[^}])*+)?\}")
_ANCHOR = re.compile(r"(?<!\\)\{anchor(?::(?:[^{}\\]|\\[^}])*+)?\}")
_MONO = re.compile(r"(?<!\\)\{\{((?:[^{}\n]++|\{(?!\{)|\}(?!\}))++)\}\}")
_BRACED = re.compile(r"(?<![\\{])\{([*_+^~-]|\?\?)\}(?!\})")
"""A mark in braces, as Jira's editor writes it beside letters and punctuation."""
_OPENING = re.compile(r"(?<![\w\\])[*_+^~](?=\S)")
_CLOSING = re.compile(r"(?<=\S)[*_+^~](?!\w)")
_ESCAPE = re.compile(r"\\([{}\[\]|*_+^~!?.\\-])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w{2,31});")
_SPECIAL = re.compile(rf"\\|{_ENTITY.pattern}|[{{}}\[\]|*_+^~!]|(?<![^\s(])-(?=\S)|\?\?")


def parse(text: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a text in wiki markup.

    Args:
        text: The text.
        mark_code: Put `CODE_SENTINEL` before all text set as code.
    """
    remove_invisible = _ANCHOR.sub("", text)
    return limit_text(
        _blocks(_MONO.sub(rf"{{{{{CODE_SENTINEL}\1}}}}", remove_invisible) if mark_code else remove_invisible)
    )


def _blocks(text: str) -> Iterator[Block]:
    inside = ""
    code: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        at = 0
        for macro in _MACRO.finditer(line):
            name = macro[1]
            if inside in _CODE and name != inside:
                continue
            before, at = line[at : macro.start()], macro.end()
            if inside in _CODE:
                yield Block(BlockKind.CODE, "\n".join([*code, before]).strip("\n"))
                inside, code = "", []
                continue
            yield from _line(before, quoted=inside == "quote")
            if name in (*_CODE, "quote"):
                inside = "" if inside in (name, _SCENARIO) else _SCENARIO if _is_scenario(macro[2]) else name
            elif title := one_line(_words(_title(name, macro[2] or ""))):
                yield Block(BlockKind.HEADING, title, BOLD_LINE)
        if inside in _CODE:
            code.append(line[at:])
        else:
            yield from _line(line[at:], quoted=inside == "quote")
    if code:
        yield Block(BlockKind.CODE, "\n".join(code).strip("\n"))


def _is_scenario(parameters: str | None) -> bool:
    return not SCENARIO_LANGUAGES.isdisjoint((parameters or "").lower().replace("=", "|").split("|"))


def _title(macro: str, parameters: str) -> str:
    """The title of a panel or another macro; it is a heading to the reader."""
    title = _TITLE.search(parameters)
    return title[1] if title else parameters if macro == "expand" and "=" not in parameters else ""


def _line(line: str, *, quoted: bool) -> Iterator[Block]:
    if not line.strip() or re.fullmatch(r"\s*-{4,}\s*", line):
        return
    if heading := _HEADING.fullmatch(line):
        if name := one_line(_words(heading[2])):
            yield Block(BlockKind.HEADING, name, int(heading[1]))
    elif line.lstrip().startswith("bq. "):
        yield Block(BlockKind.QUOTE, one_line(_words(line.lstrip()[4:])))
    elif line.lstrip().startswith("|"):
        yield row([_words(cell) for cell in re.split(r"\|\|?", line.strip().strip("|"))])
    else:
        yield from _text(line, quoted=quoted)


def _text(line: str, *, quoted: bool) -> Iterator[Block]:
    """A list entry or a paragraph, split at forced line breaks."""
    entry = _LIST.fullmatch(line)
    first, *more = re.split(r"\\\\(?:\s|$)", entry[2] if entry else line)
    box = _BOX.match(first)
    words = _words(first[box.end() :] if box else first).strip()
    if words and quoted:
        yield Block(BlockKind.QUOTE, words)
    elif words and _STRUCK.fullmatch(words):
        yield Block(BlockKind.STRUCK, words[1:-1])
    elif words and not box and _is_link(first.strip()):
        yield Block(BlockKind.LINK, words)
    elif words and (entry or box):
        yield bullet((box[0] if box else "") + words, len(entry[1]) - 1 if entry else 0)
    elif words and _BOLD.fullmatch(_BRACED.sub(r"\1", first).strip()):
        yield Block(BlockKind.HEADING, words, BOLD_LINE)
    elif words:
        yield Block(BlockKind.PARAGRAPH, words)
    kind = BlockKind.QUOTE if quoted else BlockKind.PARAGRAPH
    yield from (Block(kind, line) for part in more if (line := _words(part).strip()))


def _is_link(text: str) -> bool:
    link = _LINK.fullmatch(text)
    return bool((link and (link[1] or link[2].startswith(_TARGETS))) or _ADDRESS.fullmatch(text))


def _words(text: str) -> str:
    text = _IMAGE.sub(r"\1", _COLOUR.sub("", _BRACED.sub("", text)))
    text = _MONO.sub(r"\1", text)
    text = _LINK.sub(lambda link: link[1] or link[2], text)
    text = _without_marks(_without_marks(text))
    return _ENTITY.sub(lambda entity: entities.unescape(entity[0]), _ESCAPE.sub(r"\1", text))


def _without_marks(text: str) -> str:
    """Remove marks of emphasis in pairs: an opening one, and the next that can close it."""
    closing: dict[str, list[int]] = {}
    for found in _CLOSING.finditer(text):
        closing.setdefault(found[0], []).append(found.start())
    if not closing:
        return text
    for places in closing.values():
        places.reverse()
    kept: list[str] = []
    end = 0
    for found in _OPENING.finditer(text):
        start, places = found.start(), closing.get(found[0], [])
        if start < end or not places:
            continue
        while places and places[-1] < start + 2:
            places.pop()
        if places:
            kept += [text[end:start], text[start + 1 : places[-1]]]
            end = places.pop() + 1
    kept.append(text[end:])
    return "".join(kept)


def render(document: Document) -> str:
    """A document as wiki markup. Item text in it stays text: it can neither link nor mention."""
    lines: list[str] = []
    for part in document.parts:
        if isinstance(part, Paragraph):
            lines += [_paragraph(part), ""]
        else:
            lines += [*_bullets(part), ""]
    return "\n".join(printable(line) for line in "\n".join(lines).strip().split("\n"))


def _bullets(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # A line break inside an entry is written as \\; a real one would end the list.
        yield "* " + " \\\\ ".join(_paragraph(paragraph) for paragraph in entry)


def _paragraph(paragraph: Paragraph) -> str:
    return "".join(_span(span) for span in paragraph.spans)


def _span(span: Span) -> str:
    words = escape(span.text)
    if span.link:
        return f"[{words}|{span.link}]"
    if span.style is Style.STRONG:
        return _around("*", words)
    return _around("{{", words, "}}") if span.style is Style.CODE else words


def _around(mark: str, words: str, closing: str = "") -> str:
    inner = words.strip()
    if not inner:
        return words
    before, after = words[: words.index(inner)], words[words.index(inner) + len(inner) :]
    return f"{before}{mark}{inner}{closing or mark}{after}"


def escape(text: str) -> str:
    """Escape all markup in a text, and put it on one line.

    A backslash becomes an entity: two would break the line, and one would escape the next character.
    """
    safe = _SPECIAL.sub(_escaped, one_line_kept(text))
    return re.sub(r"^(\s*)(h[1-6]|bq)\.", r"\1\2\\.", safe) if re.match(r"\s*(h[1-6]|bq)\.", safe) else safe


def _escaped(match: re.Match[str]) -> str:
    if match[0] == "\\":
        return "&#92;"
    if match[0].startswith("&"):
        return f"&#38;{match[0][1:]}"
    return "".join(f"\\{character}" for character in match[0])


def one_line_kept(text: str) -> str:
    """Text on one line. A space at either end is kept."""
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    return lead + one_line(text) + trail
