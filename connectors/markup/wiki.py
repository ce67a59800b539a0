"""Parses and writes Jira's wiki markup, the format of long texts in Data Center and in exports.

A macro is written in braces, such as {code}. Source: Jira's "Text Formatting Notation Help". The parser reads line by
line, and treats unknown markup as text.
"""

import html as entities
import re
from collections.abc import Iterator

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import (
    BOLD_LINE_LEVEL,
    SCENARIO_LANGUAGES,
    make_bullet,
    make_row,
    one_line,
    one_line_with_outer_spaces,
)
from connectors.markup.text import CODE_SENTINEL, MENTION_SENTINEL, remove_forbidden_in_xml
from rules.model import MAX_CHARACTERS, UNREADABLE_BLOCK, Block, BlockKind, RichText, limit_text

_HEADING = re.compile(r"\s*h([1-6])\.\s*(.*)")
_LIST_ENTRY = re.compile(r"\s*([*#]+|-)\s+(.*)")
_QUOTE_PREFIX = "bq. "
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_HORIZONTAL_RULE = re.compile(r"\s*-{4,}\s*")
_FORCED_LINE_BREAK = re.compile(r"\\\\(?:\s|$)")
_MACRO = re.compile(
    r"(?<!\\)\{(code|noformat|quote|panel|info|note|tip|warning|expand|details)(?::((?:[^{}\\]|\\[^}])*+))?\}"
)
"""Matches the start or the end of a macro; its second group contains the parameters."""
_TITLE_PARAMETER = re.compile(r"(?:^|\|)\s*title\s*=([^|]*)")
_CODE_MACROS = ("code", "noformat")
_SCENARIO = "scenario"
"""The name that the parser gives to a code macro that contains a test scenario, which is text rather than code."""
_BOLD_LINE = re.compile(r"\*([^*\n]+)\*:?")
_STRUCK_LINE = re.compile(r"-[^\s-](?:.*[^\s-])?-")
_LINK_TARGET_PREFIXES = ("http://", "https://", "mailto:", "#", "^", "~")
"""The prefixes of link targets: addresses, anchors, attachments and people. Only links with a title have others."""
_ADDRESS = re.compile(r"https?://\S+")
_LINK = re.compile(r"(?<!\\)\[(?:([^\[\]|\n]++)\|)?([^\[\]\n|]++)(?:\|[^\[\]\n]*+)?\]")
_IMAGE = re.compile(r"(?<!\\)!([^!\s|][^!\n|]*\.\w{2,4})(?:\|[^!\n]*)?!")
_COLOUR = re.compile(r"(?<!\\)\{color(?::(?:[^{}\\]|\\[^}])*+)?\}")
_ANCHOR = re.compile(r"(?<!\\)\{anchor(?::(?:[^{}\\]|\\[^}])*+)?\}")
_MONOSPACE = re.compile(r"(?<!\\)\{\{((?:[^{}\n]++|\{(?!\{)|\}(?!\}))++)\}\}")
_MENTION = re.compile(r"(?<!\\)\[~[^\[\]\n]{1,200}\]")
_BRACED_EMPHASIS = re.compile(r"(?<![\\{])\{([*_+^~-]|\?\?)\}(?!\})")
"""Emphasis in braces, as Jira's editor writes it next to letters and punctuation."""
_OPENING_EMPHASIS = re.compile(r"(?<![\w\\])[*_+^~](?=\S)")
_CLOSING_EMPHASIS = re.compile(r"(?<=\S)[*_+^~](?!\w)")
_ESCAPED_CHARACTER = re.compile(r"\\([{}\[\]|*_+^~!?.\\-])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|\w{2,31});")
_SPECIAL_CHARACTERS = re.compile(rf"\\|{_ENTITY.pattern}|[{{}}\[\]|*_+^~!]|(?<![^\s(])-(?=\S)|\?\?")


def parse(text: str, *, for_commands: bool = False) -> RichText:
    """Parse wiki markup into blocks. With `for_commands`, code and mentions are marked for `find_commands`."""
    visible_text = _ANCHOR.sub("", text[:MAX_CHARACTERS])
    if for_commands:
        visible_text = _MONOSPACE.sub(rf"{{{{{CODE_SENTINEL}\1}}}}", visible_text)
        visible_text = _MENTION.sub(rf"{MENTION_SENTINEL}\g<0>{MENTION_SENTINEL}", visible_text)
    blocks = _read_blocks(visible_text)
    return limit_text((*blocks, UNREADABLE_BLOCK) if len(text) > MAX_CHARACTERS else blocks)


def _read_blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text, line by line. Lines in an open code or quote macro become blocks of that kind."""
    open_macro = ""
    code_lines: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        end_of_last_macro = 0
        for macro in _MACRO.finditer(line):
            name = macro[1]
            if open_macro in _CODE_MACROS and name != open_macro:
                continue
            text_before, end_of_last_macro = line[end_of_last_macro : macro.start()], macro.end()
            if open_macro in _CODE_MACROS:
                yield Block(BlockKind.CODE, "\n".join([*code_lines, text_before]).strip("\n"))
                open_macro, code_lines = "", []
                continue
            yield from _read_line(text_before, is_quoted=open_macro == "quote")
            if name in (*_CODE_MACROS, "quote"):
                is_end = open_macro in (name, _SCENARIO)
                opened_macro = _SCENARIO if _is_scenario(macro[2]) else name
                open_macro = "" if is_end else opened_macro
            elif title := one_line(_strip_markup(_find_title(name, macro[2] or ""))):
                yield Block(BlockKind.HEADING, title, BOLD_LINE_LEVEL)
        if open_macro in _CODE_MACROS:
            code_lines.append(line[end_of_last_macro:])
        else:
            yield from _read_line(line[end_of_last_macro:], is_quoted=open_macro == "quote")
    if code_lines:
        yield Block(BlockKind.CODE, "\n".join(code_lines).strip("\n"))


def _is_scenario(parameters: str | None) -> bool:
    """Whether the parameters of a macro, such as "gherkin" or "language=gherkin|title=…", name a scenario language."""
    return not SCENARIO_LANGUAGES.isdisjoint((parameters or "").lower().replace("=", "|").split("|"))


def _find_title(macro: str, parameters: str) -> str:
    """The title of a panel or another macro, which is read as a heading; empty if it has none."""
    if title := _TITLE_PARAMETER.search(parameters):
        return title[1]
    # The only parameter of {expand:Details} is its title.
    return parameters if macro == "expand" and "=" not in parameters else ""


def _read_line(line: str, *, is_quoted: bool) -> Iterator[Block]:
    if not line.strip() or _HORIZONTAL_RULE.fullmatch(line):
        return
    if heading := _HEADING.fullmatch(line):
        if title := one_line(_strip_markup(heading[2])):
            yield Block(BlockKind.HEADING, title, int(heading[1]))
    elif line.lstrip().startswith(_QUOTE_PREFIX):
        yield Block(BlockKind.QUOTE, one_line(_strip_markup(line.lstrip().removeprefix(_QUOTE_PREFIX))))
    elif line.lstrip().startswith("|"):
        yield make_row([_strip_markup(cell) for cell in re.split(r"\|\|?", line.strip().strip("|"))])
    else:
        yield from _read_text(line, is_quoted=is_quoted)


def _read_text(line: str, *, is_quoted: bool) -> Iterator[Block]:
    """Read a list entry or a paragraph, split at forced line breaks. `is_quoted` is true within {quote}."""
    entry = _LIST_ENTRY.fullmatch(line)
    first_line, *further_lines = _FORCED_LINE_BREAK.split(entry[2] if entry else line)
    checkbox = _CHECKBOX.match(first_line)
    text = _strip_markup(first_line[checkbox.end() :] if checkbox else first_line).strip()
    if text and is_quoted:
        yield Block(BlockKind.QUOTE, text)
    elif text and _STRUCK_LINE.fullmatch(text):
        yield Block(BlockKind.STRUCK, text[1:-1])
    elif text and not checkbox and _is_link(first_line.strip()):
        yield Block(BlockKind.LINK, text)
    elif text and (entry or checkbox):
        yield make_bullet((checkbox[0] if checkbox else "") + text, len(entry[1]) - 1 if entry else 0)
    elif text and _BOLD_LINE.fullmatch(_BRACED_EMPHASIS.sub(r"\1", first_line).strip()):
        yield Block(BlockKind.HEADING, text, BOLD_LINE_LEVEL)
    elif text:
        yield Block(BlockKind.PARAGRAPH, text)
    kind = BlockKind.QUOTE if is_quoted else BlockKind.PARAGRAPH
    yield from (Block(kind, line) for part in further_lines if (line := _strip_markup(part).strip()))


def _is_link(text: str) -> bool:
    """Whether a line consists of a link only."""
    link = _LINK.fullmatch(text)
    return bool((link and (link[1] or link[2].startswith(_LINK_TARGET_PREFIXES))) or _ADDRESS.fullmatch(text))


def _strip_markup(text: str) -> str:
    """Remove the markup within a line, and keep its visible text."""
    text = _IMAGE.sub(r"\1", _COLOUR.sub("", _BRACED_EMPHASIS.sub("", text)))
    text = _MONOSPACE.sub(r"\1", text)
    text = _LINK.sub(lambda link: link[1] or link[2], text)
    # Twice, because emphasis can be nested, such as bold text in italics.
    text = _strip_emphasis(_strip_emphasis(text))
    return _ENTITY.sub(lambda entity: entities.unescape(entity[0]), _ESCAPED_CHARACTER.sub(r"\1", text))


def _strip_emphasis(text: str) -> str:
    """Remove pairs of emphasis characters: an opening one, and the next one that can close it.

    All closing ones are found first, because a search from each opening one would take quadratic time.
    """
    closing_positions: dict[str, list[int]] = {}
    for match in _CLOSING_EMPHASIS.finditer(text):
        closing_positions.setdefault(match[0], []).append(match.start())
    if not closing_positions:
        return text
    for positions in closing_positions.values():
        positions.reverse()
    parts: list[str] = []
    end = 0
    for match in _OPENING_EMPHASIS.finditer(text):
        start, positions = match.start(), closing_positions.get(match[0], [])
        if start < end or not positions:
            continue
        while positions and positions[-1] < start + 2:
            positions.pop()
        if positions:
            parts += [text[end:start], text[start + 1 : positions[-1]]]
            end = positions.pop() + 1
    parts.append(text[end:])
    return "".join(parts)


def render(document: Document) -> str:
    """Convert a document to wiki markup.

    Item text in it stays plain: it can neither become a link nor mention a person.
    """
    lines: list[str] = []
    for part in document.parts:
        if isinstance(part, Paragraph):
            lines += [_render_paragraph(part), ""]
        else:
            lines += [*_render_bullets(part), ""]
    return "\n".join(remove_forbidden_in_xml(line) for line in "\n".join(lines).strip().split("\n"))


def _render_bullets(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # A line feed would end the list, so a line break inside an entry is written as two backslashes.
        yield "* " + " \\\\ ".join(_render_paragraph(paragraph) for paragraph in entry)


def _render_paragraph(paragraph: Paragraph) -> str:
    return "".join(_render_span(span) for span in paragraph.spans)


def _render_span(span: Span) -> str:
    text = escape(span.text)
    if span.link:
        return f"[{text}|{span.link}]"
    if span.style is Style.STRONG:
        return _wrap("*", text)
    return _wrap("{{", text, "}}") if span.style is Style.CODE else text


def _wrap(opening: str, text: str, closing: str = "") -> str:
    """Put markup around a text, but leave white space at its ends outside. `closing` defaults to `opening`."""
    stripped = text.strip()
    if not stripped:
        return text
    text_before, text_after = text[: text.index(stripped)], text[text.index(stripped) + len(stripped) :]
    return f"{text_before}{opening}{stripped}{closing or opening}{text_after}"


def escape(text: str) -> str:
    """Escape all markup in a text, and put it on one line.

    A backslash becomes an entity: two of them would be a line break, and one would escape the next character.
    """
    escaped = _SPECIAL_CHARACTERS.sub(_escape_match, one_line_with_outer_spaces(text))
    # At the start of the line, "h1." would begin a heading, and "bq." a quotation.
    return re.sub(r"^(\s*)(h[1-6]|bq)\.", r"\1\2\\.", escaped)


def _escape_match(match: re.Match[str]) -> str:
    if match[0] == "\\":
        return "&#92;"
    if match[0].startswith("&"):
        return f"&#38;{match[0][1:]}"
    return "".join(f"\\{character}" for character in match[0])
