"""Decoding: a bad value is left out and named, and the rest is read."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct, field

from connectors import lenient_json


class Entry(Struct):
    id: int
    name: str = ""
    at: datetime | None = None


class Page(Struct):
    entries: list[Entry]
    total: int = 0
    left_out: int = field(default=0, name="-")


def page(*entries, **more):
    return msgspec.json.encode({"entries": list(entries), **more})


BAD = [None, 7, "text", [], {}, {"id": "one"}, {"id": 1, "name": 7}, {"id": 1, "at": "soon"}]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("where", [0, 1, 2])
def test_a_list_survives_a_bad_entry_wherever_it_is(bad, where):
    entries = [{"id": 1}, {"id": 2}]
    entries.insert(where, bad)
    found, left_out = lenient_json.decode(page(*entries), Page)
    assert ([entry.id for entry in found.entries], found.left_out) == ([1, 2], 1)
    assert left_out == (f"$.entries[{where}]",)


def test_all_bad_entries_are_left_out_and_counted():
    found, left_out = lenient_json.decode(page({"id": 1}, *BAD, {"id": 2}), Page)
    assert ([entry.id for entry in found.entries], found.left_out, len(left_out)) == ([1, 2], len(BAD), len(BAD))


@pytest.mark.parametrize("content", [page(total="many"), b"[]", b"7", b'{"entries": 7}', b"{}", b'{"entries": null}'])
def test_what_is_no_entry_of_a_list_is_an_error(content):
    with pytest.raises(msgspec.ValidationError):
        lenient_json.decode(content, Page)


def test_a_format_that_has_changed_is_an_error():
    with pytest.raises(msgspec.ValidationError):
        lenient_json.decode(page(*[{"key": "1"}] * 1000), Page)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"entries": ["\\ud800"]}'])
def test_what_is_no_json_is_no_bad_entry(content):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        lenient_json.decode(content, Page)


@given(st.lists(st.sampled_from([{"id": 1}, *BAD]), max_size=12))
def test_single_entries_are_read_as_the_list_is(entries):
    raws = [Raw(msgspec.json.encode(entry)) for entry in entries]
    found, unreadable = lenient_json.decode_entries(raws, Entry)
    assert len(found) + unreadable == len(entries)
    assert found == lenient_json.decode(page(*entries), Page)[0].entries


@pytest.mark.parametrize(
    ("value", "read", "unread"),
    [
        ({"id": 1, "name": "x"}, Entry(1, "x"), set()),
        ({"id": 1, "name": 7}, Entry(1), {"name"}),
        ({"id": 1, "name": 7, "at": "soon"}, Entry(1), {"name", "at"}),
        ({"id": "1", "name": "x"}, Entry(1, "x"), set()),
        ({"id": "one", "name": "x"}, None, {"id"}),
        ({}, None, set()),
        (None, None, set()),
        ([7], None, set()),
    ],
)
def test_an_object_is_read_as_far_as_it_can_be(value, read, unread):
    assert lenient_json.decode_members(Raw(msgspec.json.encode(value)), Entry) == (read, unread)
