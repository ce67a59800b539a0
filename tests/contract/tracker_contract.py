"""What every tracker promises that can be written to: inherit `TrackerContract` and give it a place."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from connectors.comments import Author, CommentTag
from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.errors import Conflict, Misconfigured, Refused, Retriable, ShadowBreach, Uncertain
from connectors.tracker import Tracker, Whereabouts
from connectors.writes import Edit, Notification
from contract.reading_contract import Reader, ReadingContract, fetched
from contract.seed import ELSEWHERE, SPRINTS, STORIES
from contract.shape import assert_comment_in_shape
from rules.model import SprintState

LABEL = "refine-criteria"


def document(*lines: str) -> Document:
    """A comment as the service writes them: its name first, by which a tracker without hidden marks knows it again."""
    name = Paragraph((Span("Backlog Steward", Style.STRONG), Span(" has a question")))
    return Document((name, *(Paragraph((Span(line),)) for line in lines)))


FIRST = document("Which criteria does this fulfil?")
SECOND = document("Is this still one story?")


class TrackerContract(ReadingContract):
    """A tracker that reads and writes as every tracker does.

    What `make` gives is a `contract.place.Place`.
    """

    @pytest.fixture
    def writer(self, place: Any) -> Iterator[Tracker]:
        """A tracker from which writes may leave."""
        with closing(place.open(allow_writes=True)) as tracker:
            tracker.connect()
            yield tracker

    def say(self, tracker: Tracker, item: str, what: Document = FIRST) -> str:
        marker = CommentTag("inst-1", "round-1", tracker.target.content_key(what))
        return tracker.target.add_comment(tracker.target.get_snapshot(item), what, marker).comment_id

    def ours(self, place: Any, item: str) -> list[str]:
        """Words of the service's comments, as people see them."""
        return [words_of(text) for author, text in place.comments(item) if author == "Steward"]

    # ---- connecting, and what can go wrong with it

    def test_fields_that_may_be_written_are_found_or_named_as_absent(self, home, reading):
        capabilities = reading.connect().capabilities
        assert ("wsjf" in capabilities.writable_fields) is bool(home.score)
        assert ("wsjf" in " ".join(capabilities.missing_fields)) is not bool(home.score)

    def test_other_fields_have_another_fingerprint(self, place, tracker):
        with closing(place.open(**place.otherwise)) as other:
            assert other.connect().fingerprint != tracker.connect().fingerprint

    def test_a_wrong_token_is_for_an_admin_to_mend(self, place):
        with closing(place.open(token="wrong")) as tracker, pytest.raises(Misconfigured):
            tracker.connect()

    def test_a_place_out_of_reach_may_be_there_later(self, place):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            there = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            with closing(place.open(url=place.at(there))) as tracker, pytest.raises(Retriable):
                tracker.connect()

    def test_who_asks_to_be_left_alone_is_left_alone(self, place, tracker):
        place.faults.add("429-long")
        with pytest.raises(Retriable, match="asked us to wait until"):
            tracker.list_ids()

    def test_a_short_pause_is_waited_out(self, place, tracker):
        before = tracker.list_ids()
        place.faults.add("429=0#1")
        assert tracker.list_ids() == before

    def test_a_server_that_stumbles_is_asked_again(self, place, tracker):
        before = tracker.list_ids()
        place.faults.add("500#1", "drop-before#3")
        assert tracker.list_ids() == before

    # ---- what people do

    def test_pages_of_any_size_tell_the_same(self, place, reader):
        place.small_pages()
        person = place.person()
        for key in STORIES:
            person.retitle(place.id(key), f"{key} anew")
        assert {one.item.title for one in reader.pull().values()} == {f"{key} anew" for key in STORIES}
        assert len(reader.orders) == len(set(reader.orders)) == 9

    def test_a_comment_of_a_person_is_heard(self, place, reader):
        item = place.id("PAY-2")
        place.clock.advance(minutes=5)
        comment = place.person().comment(item, "Legal wants a say.\n\n/steward waive oversized-story")
        (read,) = reader.pull().values()
        (said,) = read.comments
        assert_comment_in_shape(said)
        assert (said.id, said.author, said.tag) == (comment, Author.PERSON, None)
        assert said.text.startswith("Legal wants a say.")
        assert said.commands == ("/steward waive oversized-story",)
        assert read.item.discussed == read.item.changed_by_person == place.clock()

    def test_what_a_program_says_is_nobodys_work(self, place, reader):
        item = place.id("PAY-2")
        before = self.item(place, reader.tracker, "PAY-2").changed_by_person
        place.clock.advance(minutes=5)
        with closing(place.open(bots=place.programs())) as tracker:
            place.program().comment(item, "Build 7 is green.")
            read = fetched(tracker, [item])[item]
        assert [said.author for said in read.comments] == [Author.OTHER_PROGRAM]
        assert (read.item.discussed, read.item.changed_by_person) == (None, before)

    def test_a_drag_and_a_label_are_no_change_of_content(self, place, reader):
        item = place.id("PAY-4")
        before = self.item(place, reader.tracker, "PAY-4").changed_by_person
        place.clock.advance(minutes=5)
        place.person().drag(item, place.id("PAY-1"))
        place.person().label(item, "soon")
        read = reader.pull()[item].item
        assert (read.changed_by_person, read.ranked_by_person) == (before, place.clock())
        assert reader.orders.index(item) < reader.orders.index(place.id("PAY-1"))
        place.person().describe(item, "White on black.")
        assert reader.pull()[item].item.changed_by_person >= place.clock()

    def test_a_new_parent_is_told(self, place, reader):
        item = place.id("PAY-3")
        place.person().put_under(item, place.id("PAY-9"))
        reader.pull()
        (read,) = fetched(reader.tracker, [item]).values()
        assert read.item.parent == self.item(place, reader.tracker, "PAY-9").key

    def test_the_items_of_a_sprint_that_begins_are_looked_at_again(self, place, reader):
        item = place.id("PAY-3")
        place.person().start_sprint(SPRINTS[2])
        assert [one.state for one in reader.pull()[item].item.sprints] == [SprintState.ACTIVE]
        assert reader.pull() == {}

    def test_whoever_moved_is_told_from_whoever_is_gone_or_still_here(self, place, reader):
        here, moved, gone, hidden = (place.id(key) for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4"))
        person = place.person()
        person.move(moved, ELSEWHERE)
        person.delete(gone)
        person.hide(hidden)
        reader.pull()
        assert not {moved, gone, hidden} & set(reader.orders)
        assert reader.tracker.locate([here, moved, gone, hidden]) == {
            here: Whereabouts.IN_SCOPE,
            moved: Whereabouts.MOVED,
            gone: Whereabouts.GONE,
            hidden: Whereabouts.GONE,
        }
        person.unhide(hidden)
        assert hidden in Reader(reader.tracker).pull()

    # ---- looking

    def test_a_look_shows_what_a_write_has_to_know(self, place, writer):
        item = place.id("PAY-3")
        seen = writer.target.get_snapshot(item)
        assert (seen.id, seen.project, seen.labels) == (item, "PAY", {"checkout", "tax"})
        assert seen.version == self.item(place, writer, "PAY-3").version
        assert set(seen.fields) == set(writer.connect().capabilities.writable_fields.values())
        assert all(value is None for value in seen.fields.values())
        assert (seen.own_comments, seen.answered_comment_ids) == ((), frozenset())

    # ---- labels and fields

    def test_a_label_comes_and_goes_and_the_others_stay(self, place, writer):
        item = place.id("PAY-3")
        written = writer.target.edit(writer.target.get_snapshot(item), Edit(add_labels=(LABEL,)))
        assert isinstance(written.notification, Notification)
        assert place.shown()[item].labels == {"checkout", "tax", LABEL}
        writer.target.edit(writer.target.get_snapshot(item), Edit(add_labels=("soon",), remove_labels=(LABEL, "tax")))
        assert writer.target.get_snapshot(item).labels == place.shown()[item].labels == {"checkout", "soon"}
        writer.target.edit(writer.target.get_snapshot(item), Edit(remove_labels=("checkout", "soon")))
        assert place.shown()[item].labels == frozenset()

    def test_a_field_is_filled_and_emptied(self, place, writer):
        if "score" in place.lacks:
            pytest.skip("this place has no field to write")
        item, writable = place.id("PAY-3"), writer.connect().capabilities.writable_fields
        values = {name: 4.5 if purpose == "wsjf" else "next sprint" for purpose, name in writable.items()}
        assert 4.5 in values.values()
        writer.target.edit(writer.target.get_snapshot(item), Edit(add_labels=(LABEL,), fields=values))
        assert writer.target.get_snapshot(item).fields == values
        assert fetched(writer, [item])[item].item.fields == values
        empty = dict.fromkeys(values)
        writer.target.edit(writer.target.get_snapshot(item), Edit(remove_labels=(LABEL,), fields=empty))
        assert writer.target.get_snapshot(item).fields == empty

    def test_what_a_person_did_meanwhile_stands(self, place, writer):
        item = place.id("PAY-3")
        seen = writer.target.get_snapshot(item)
        place.person().label(item, "soon", remove=("tax",))
        if "lock" in place.lacks:
            writer.target.edit(seen, Edit(add_labels=(LABEL,)))
            assert place.shown()[item].labels == {"checkout", "soon", LABEL}
        else:
            with pytest.raises(Conflict):
                writer.target.edit(seen, Edit(add_labels=(LABEL,)))
            assert place.shown()[item].labels == {"checkout", "soon"}

    def test_an_edit_is_checked_without_a_trace(self, place, writer):
        before, seen = place.seen(), writer.target.get_snapshot(place.id("PAY-3"))
        assert writer.target.verify(seen, Edit(add_labels=(LABEL,))) is None
        assert place.seen() == before
        if writer.connect().capabilities.can_verify:
            place.person().retitle(seen.id, "Other words")
            with pytest.raises(Conflict):
                writer.target.verify(seen, Edit(add_labels=(LABEL,)))

    def test_a_lost_reply_to_an_edit_is_no_reason_to_guess(self, place, writer):
        item = place.id("PAY-3")
        seen = writer.target.get_snapshot(item)
        place.faults.add(f"drop-after#1@{place.editing}")
        with pytest.raises(Uncertain):
            writer.target.edit(seen, Edit(add_labels=(LABEL,)))
        now = writer.target.get_snapshot(item)
        assert now.labels == place.shown()[item].labels
        if LABEL not in now.labels:
            writer.target.edit(now, Edit(add_labels=(LABEL,)))
        assert place.shown()[item].labels == {"checkout", "tax", LABEL}

    # ---- our comments

    def test_our_comment_is_found_again_by_author_and_mark(self, place, writer):
        item = place.id("PAY-2")
        marker = CommentTag("inst-1", "round-1", writer.target.content_key(FIRST))
        written = writer.target.add_comment(writer.target.get_snapshot(item), FIRST, marker)
        assert written.created is not None
        assert self.ours(place, item) == [words_of(FIRST.plain_text)]
        (seen,) = writer.target.get_snapshot(item).own_comments
        assert (seen.id, seen.text, seen.author) == (written.comment_id, written.text, Author.THIS_SERVICE)
        assert seen.tag.content_key == writer.target.content_key(FIRST)
        (known,) = writer.comments([(item, written.comment_id)]).values()
        assert (known.id, known.text) == (written.comment_id, written.text)
        (said,) = fetched(writer, [item])[item].comments
        assert said.author is Author.THIS_SERVICE

    def test_what_we_do_is_nobodys_work(self, place, writer):
        item = place.id("PAY-2")
        before = self.item(place, writer, "PAY-2")
        place.clock.advance(minutes=5)
        self.say(writer, item)
        writer.target.edit(writer.target.get_snapshot(item), Edit(add_labels=(LABEL,)))
        after = self.item(place, writer, "PAY-2")
        assert (after.changed_by_person, after.discussed) == (before.changed_by_person, before.discussed)

    @pytest.mark.parametrize(("who", "author"), [("person", Author.PERSON), ("program", Author.OTHER_PROGRAM)])
    def test_who_took_back_what_we_wrote_is_known(self, place, who, author):
        item = place.id("PAY-2")
        with closing(place.open(allow_writes=True, bots=place.programs())) as writer:
            writer.connect()
            mine = self.say(writer, item)
            score = writer.connect().capabilities.writable_fields.get("wsjf")
            fields = {score: 3.5} if score else {}
            writer.target.edit(writer.target.get_snapshot(item), Edit(add_labels=(LABEL,), fields=fields))
            place.clock.advance(minutes=5)
            they = getattr(place, who)()
            they.label(item, remove=(LABEL,))
            if score:
                they.score(item, 4)
            they.delete_comment(item, mine)
            editors = fetched(writer, [item])[item].last_editors
            assert editors.removed_labels == {LABEL: author}
            assert editors.fields.get(score) == (author if score else None)
            assert [who for at, who in editors.deleted_comments if at >= place.clock()] == [author]

    def test_a_program_that_writes_after_our_comment_does_not_answer_it(self, place):
        item = place.id("PAY-2")
        with closing(place.open(allow_writes=True, bots=place.programs())) as writer:
            writer.connect()
            mine = self.say(writer, item)
            place.clock.advance(minutes=1)
            place.program().comment(item, "Build 7 is green.")
            assert writer.target.get_snapshot(item).answered_comment_ids == frozenset()
            place.person().comment(item, "Thanks.")
            assert writer.target.get_snapshot(item).answered_comment_ids == {mine}

    def test_a_label_from_creation_is_told_from_one_that_was_added(self, place, reader):
        item = place.id("PAY-2")
        place.person().label(item, "steward-waive")
        (read,) = reader.pull().values()
        assert [change.at_creation for change in read.label_changes.values()] == [False]

    def test_our_words_from_another_hand_are_not_ours(self, place, writer):
        item = place.id("PAY-2")
        mine = self.say(writer, item)
        copy = place.person().comment(item, FIRST.plain_text)
        assert [one.id for one in writer.target.get_snapshot(item).own_comments] == [mine]
        assert {one.id: one.author for one in fetched(writer, [item])[item].comments} == {
            mine: Author.THIS_SERVICE,
            copy: Author.PERSON,
        }

    def test_a_comment_is_replaced_in_place(self, place, writer):
        item = place.id("PAY-2")
        mine = self.say(writer, item)
        marker = CommentTag("inst-1", "round-2", writer.target.content_key(SECOND))
        written = writer.target.replace_comment(writer.target.get_snapshot(item), mine, SECOND, marker)
        assert self.ours(place, item) == [words_of(SECOND.plain_text)]
        (seen,) = writer.target.get_snapshot(item).own_comments
        assert (seen.id, seen.text, seen.tag.content_key) == (mine, written.text, writer.target.content_key(SECOND))

    def test_a_comment_is_deleted_once_however_often_it_is_said(self, place, writer):
        item = place.id("PAY-2")
        before = place.seen()
        mine = self.say(writer, item)
        seen = writer.target.get_snapshot(item)
        assert writer.target.delete_comment(seen, mine).comment_id == mine
        assert writer.target.delete_comment(seen, mine).comment_id == mine
        assert place.seen() == before
        assert (writer.target.get_snapshot(item).own_comments, writer.comments([(item, mine)])) == ((), {})

    def test_an_answer_after_our_comment_is_seen_and_one_before_it_is_not(self, place, writer):
        item = place.id("PAY-2")
        place.person().comment(item, "Before.")
        place.clock.advance(minutes=1)
        mine = self.say(writer, item)
        assert writer.target.get_snapshot(item).answered_comment_ids == frozenset()
        place.clock.advance(minutes=1)
        place.person().comment(item, "After.")
        assert writer.target.get_snapshot(item).answered_comment_ids == {mine}

    def test_an_edit_of_our_comment_by_a_person_is_seen(self, place, writer):
        item = place.id("PAY-2")
        mine = self.say(writer, item)
        place.clock.advance(minutes=1)
        place.person().edit_comment(item, mine, "I know, thank you.")
        (seen,) = writer.comments([(item, mine)]).values()
        assert (seen.text, seen.edited_by) == ("I know, thank you.", Author.PERSON)

    def test_a_comment_whose_reply_is_lost_is_there_once_and_found(self, place, writer):
        item = place.id("PAY-2")
        seen = writer.target.get_snapshot(item)
        place.faults.add(f"drop-after#1@{place.commenting}")
        with pytest.raises(Uncertain):
            writer.target.add_comment(seen, FIRST, CommentTag("inst-1", "round-1", writer.target.content_key(FIRST)))
        (found,) = writer.target.get_snapshot(item).own_comments
        assert found.tag.content_key == writer.target.content_key(FIRST)
        assert len(self.ours(place, item)) == 1

    def test_a_comment_that_never_arrived_is_not_there(self, place, writer):
        item = place.id("PAY-2")
        seen = writer.target.get_snapshot(item)
        place.faults.add(f"drop-before#1@{place.commenting}")
        with pytest.raises((Uncertain, Retriable)):
            writer.target.add_comment(seen, FIRST, CommentTag("inst-1", "round-1", writer.target.content_key(FIRST)))
        assert writer.target.get_snapshot(item).own_comments == ()
        assert self.ours(place, item) == []

    def test_whatever_stands_in_a_comment_is_only_words(self, place, writer):
        hostile = (
            "<script>alert(1)</script> [~ana] @Ana [x](https://evil.example) {color:red} ![i](x) *b* _i_ # h {{7}}"
        )
        listed = Bullets(((Paragraph((Span(hostile, Style.CODE),)),), (Paragraph((Span(hostile),)),)))
        what = Document((*document(hostile).parts, listed))
        item = place.id("PAY-2")
        self.say(writer, item, what)
        (seen,) = writer.target.get_snapshot(item).own_comments
        # Between the @ and a name may stand what keeps them apart.
        assert seen.text.replace("\u200b", "").count(hostile) == 3
        assert seen.tag.content_key == writer.target.content_key(what)
        assert seen.commands == ()

    # ---- shadow mode

    def test_in_shadow_mode_nothing_leaves(self, place, writer):
        item = place.id("PAY-2")
        mine = self.say(writer, item)
        before, writes = place.seen(), place.writes()
        with closing(place.open(allow_writes=False)) as shadow:
            seen, marker = (
                shadow.target.get_snapshot(item),
                CommentTag("inst-1", "round-2", shadow.target.content_key(SECOND)),
            )
            for write in (
                lambda: shadow.target.edit(seen, Edit(add_labels=(LABEL,))),
                lambda: shadow.target.add_comment(seen, SECOND, marker),
                lambda: shadow.target.replace_comment(seen, mine, SECOND, marker),
                lambda: shadow.target.delete_comment(seen, mine),
            ):
                with pytest.raises(ShadowBreach):
                    write()
            assert shadow.stats.writes == 0
        assert (place.seen(), place.writes()) == (before, writes)

    def test_what_the_account_may_not_do_is_refused(self, place, writer):
        seen = writer.target.get_snapshot(place.id("PAY-2"))
        place.forbid()
        before = place.seen()
        with pytest.raises((Refused, Misconfigured)):
            writer.target.edit(seen, Edit(add_labels=(LABEL,)))
        with pytest.raises((Refused, Misconfigured)):
            writer.target.add_comment(seen, FIRST, CommentTag("inst-1", "round-1", writer.target.content_key(FIRST)))
        assert place.seen() == before


def words_of(text: str) -> str:
    """What a reader reads, whatever the markup around it."""
    return " ".join(re.findall(r"[\w?]+", text))
