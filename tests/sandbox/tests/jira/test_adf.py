import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_sandbox import read_backlog
from steward_sandbox.jira import adf, adf_text, schemas

pieces = st.sampled_from(
    ["h3. ", "## ", "# ", "* ", "** ", "  - ", "- [ ] ", "- [x] ", "1. ", "> ", "bq. ", "{code}", "{code:java}", "```",
     "{quote}", "||a||b||", "|1|2|", "----", "*bold*", "{{mono}}", "`code`", "[text|https://a.example]", "**b**",
     "[x](http://b.example)", "https://c.example/d", "<script>alert(1)</script>", "\x00", "\u2028", " ", "word", "|"]
)  # fmt: skip
lines = st.lists(pieces | st.text(max_size=8), max_size=5).map("".join)
texts = st.lists(lines, max_size=9).map("\n".join)


@settings(deadline=None)
@given(texts)
def test_every_text_becomes_a_document_that_the_official_schema_takes(text):
    doc = adf.from_text(text)
    assert schemas.is_document(doc)


@settings(deadline=None)
@given(texts)
def test_storing_a_document_adds_ids_and_keeps_every_word(text):
    doc = adf.from_text(text)
    stored = schemas.stored(doc, "comment/1")
    assert schemas.is_document(stored)
    assert adf_text.to_wiki(stored) == adf_text.to_wiki(doc)


@settings(deadline=None)
@given(texts)
def test_no_word_of_a_text_is_lost(text):
    # The language of code is no word of the text.
    letters = "".join(mark for mark in re.sub(r"```\w*", "", text) if mark.isalpha() and mark.isascii())
    shown = "".join(mark for mark in adf_text.to_wiki(adf.from_text(text)) if mark.isalpha() and mark.isascii())
    for mark in set(letters) - set("hbqcodejavxntqiu"):
        assert shown.count(mark) >= letters.count(mark)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_text_without_line_breaks_is_one_paragraph(text):
    content = adf.from_text(text)["content"]
    assert [node["type"] for node in content] == (["paragraph"] if text.strip() else [])


def test_each_kind_of_line_becomes_what_it_looks_like():
    text = "h2. One\n## Two\n* a\n** b\n1. c\n- [x] d\n{code}\ne\n{code}\n> f\ni"
    kinds = [node["type"] for node in adf.from_text(text)["content"]]
    assert kinds == ["heading", "heading", "bulletList", "orderedList", "taskList", "codeBlock", "blockquote",
                     "paragraph"]  # fmt: skip


def test_every_description_of_the_real_backlog_is_valid(springxd):
    assert all(schemas.is_document(adf.from_text(item.description or "")) for item in read_backlog(springxd).items)


def test_the_schema_is_atlassians_own(reference_data):
    file = reference_data / "specs" / "jira" / "adf-schema-57.7.22-full.json"
    if not file.exists():
        pytest.skip("../shared/specs is not here")
    assert files("steward_sandbox.jira").joinpath("data", "adf-schema.json").read_bytes() == file.read_bytes()


def _doc(*content):
    return {"type": "doc", "version": 1, "content": list(content)}


def _text(text="x", **more):
    return {"type": "text", "text": text, **more}


def _in(kind, *content, **attrs):
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


REFUSED = {
    "empty text": _doc(_in("paragraph", _text(""))),
    "task item without an id": _doc(_in("taskList", _in("taskItem", _text(), state="TODO"), localId="a")),
    "task list without an id": _doc(_in("taskList", _in("taskItem", _text(), state="TODO", localId="b"))),
    "code that is strong": _doc(_in("paragraph", _text(marks=[{"type": "code"}, {"type": "strong"}]))),
    "text directly in a list item": _doc(_in("bulletList", _in("listItem", _text()))),
    "text directly in the document": _doc(_text()),
    "no version": {"type": "doc", "content": []},
    "a seventh heading": _doc(_in("heading", _text(), level=7)),
    "link without an address": _doc(_in("paragraph", _text(marks=[{"type": "link", "attrs": {}}]))),
    "panel in a list item": _doc(_in("bulletList", _in("listItem", _in("panel", _in("paragraph"), panelType="info")))),
    "marks in code": _doc(_in("codeBlock", _text(marks=[{"type": "strong"}]))),
    "mention of nobody": _doc(_in("paragraph", {"type": "mention", "attrs": {"text": "@x"}})),
    "unknown node": _doc(_in("paragraph", {"type": "marquee"})),
    "empty list": _doc(_in("bulletList")),
    "unknown attribute": _doc(_in("paragraph", color="red")),
    "not a document": {"type": "paragraph", "content": []},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_jira_refuses_is_refused(body):
    assert not schemas.is_document(body)


@pytest.mark.parametrize("body", [None, 3, "text", [], {}, {"type": "doc", "version": True, "content": []},
                                  _doc(3), _doc({"type": ["x"]}), _doc({"type": "paragraph", "content": 3}),
                                  {"type": "doc", "version": 1, "content": [], "more": 1}])  # fmt: skip
def test_nonsense_is_refused_without_an_accident(body):
    assert not schemas.is_document(body)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href", "rel", "class"}


@settings(deadline=None)
@given(texts)
def test_shown_as_html_no_text_brings_in_a_tag_of_its_own(text):
    reader = Tags()
    reader.feed(str(adf_text.to_html(adf.from_text(text))))
    assert reader.tags <= {"p", "ul", "ol", "li", "blockquote", "table", "tr", "td", "th", "h3", "h4", "h5", "h6", "hr",
                           "pre", "a", "strong", "code"}  # fmt: skip


@pytest.mark.parametrize("address", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//x"])
def test_an_address_that_is_not_for_the_web_is_no_link(address):
    body = _doc(_in("paragraph", _text("click", marks=[{"type": "link", "attrs": {"href": address}}])))
    assert "href" not in str(adf_text.to_html(body))
    assert "click" in str(adf_text.to_html(body))
