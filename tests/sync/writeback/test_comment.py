"""The words of a comment: a language or a text of one's own is no new evidence, and is taken up once."""

import json

import pytest

from connectors.document import Style
from connectors.markup import Markup, render
from rules.model import Finding
from sync.messages import shipped_messages
from sync.settings import read_messages
from sync.store import findings
from sync.writeback.comment import build_question_comment

GERMAN = {"language": "de"}


def text(desk, key="PAY-1"):
    (comment,) = desk.ours(key)
    return str(comment.body)


def hashes(desk):
    with desk.database.reading() as transaction:
        return {
            finding.id: (finding.evidence_hash, state) for finding, state, _ in findings.present(transaction, "team")
        }


def test_a_comment_is_written_in_the_language_that_is_chosen(desk):
    desk.configure(wording=GERMAN)
    desk.round()
    assert "Gefragt von" in text(desk)
    assert "Woran erkennen wir, dass das fertig ist?" in text(desk)
    assert "/steward waive missing-acceptance-criteria weil …" in text(desk)


def test_another_language_edits_what_stands_there_once_and_in_place(desk, clock):
    desk.round()
    before = {key: desk.ours(key)[0].id for key in ("PAY-1", "PAY-3")}
    seen = hashes(desk)
    desk.configure(wording=GERMAN)
    clock.advance(minutes=10)
    outcome = desk.round()
    assert outcome.applied.counts()["comments updated"] == 2
    assert outcome.writes == 2
    assert {key: desk.ours(key)[0].id for key in before} == before
    assert "Gefragt von" in text(desk)
    assert {ident: seen_hash for ident, (seen_hash, _) in hashes(desk).items()} == {
        ident: seen_hash for ident, (seen_hash, _) in seen.items()
    }
    clock.advance(minutes=10)
    assert desk.round().writes == 0


def test_another_language_is_nothing_new_to_a_finding(desk, clock):
    desk.round()
    desk.round()
    states = hashes(desk)
    desk.configure(wording=GERMAN)
    clock.advance(minutes=10)
    desk.round()
    assert hashes(desk) == states


def test_a_comment_that_a_person_made_theirs_is_not_translated(desk, clock):
    desk.round()
    (comment,) = desk.ours("PAY-1")
    clock.advance(minutes=1)
    desk.person().edit_comment(comment.id, "We know.")
    desk.configure(wording=GERMAN)
    clock.advance(minutes=10)
    desk.round()
    assert "We know." in text(desk)
    assert "Gefragt von" in text(desk, "PAY-3")


def test_an_answer_in_german_is_understood(desk, clock):
    desk.configure(wording=GERMAN)
    desk.round()
    clock.advance(minutes=5)
    desk.person().comment("PAY-1", "/steward waive missing-acceptance-criteria bis 2024-07-01 weil es ein Versuch ist")
    desk.round()
    (decision,) = desk.decisions("PAY-1")
    assert decision.reason == "es ein Versuch ist"
    assert f"{decision.review:%Y-%m-%d}" == "2024-07-01"


def own(tmp_path, **texts):
    file = tmp_path / "words.yaml"
    file.write_text(json.dumps(texts), encoding="utf-8")
    return read_messages(file, None)


FINDING = Finding(id="f", tracker="t", item="1", key="T-1", rule="unranked-item", variant="off-board")
OTHER = Finding(
    id="g",
    tracker="t",
    item="1",
    key="T-1",
    rule="oversized-story",
    variant="number",
    facts={"points": 8.0, "above": 5.0},
)


def basis(messages, *some):
    return build_question_comment(
        some, hidden=(), score=None, decisions=(), rule_pages_url=None, messages=messages
    ).basis


@pytest.mark.parametrize(
    "texts",
    [
        {"rules": {"unranked-item": {"off-board": {"question": "Where is this seen?"}}}},
        {"comment": {"because": "since …"}},
        {"form": {"decimal": ","}},
    ],
)
def test_an_own_text_is_taken_up_where_it_is_said(tmp_path, texts):
    assert basis(own(tmp_path, **texts), FINDING) != basis(shipped_messages(), FINDING)


@pytest.mark.parametrize(
    "texts",
    [
        {"rules": {"oversized-story": {"number": {"question": "What is the smallest part?"}}}},
        {"report": {"no-round": "Never"}},
        {},
    ],
)
def test_an_own_text_is_no_reason_to_edit_what_does_not_say_it(tmp_path, texts):
    assert basis(own(tmp_path, **texts), FINDING) == basis(shipped_messages(), FINDING)


def test_a_drifting_figure_is_no_news_in_any_language():
    for language in ("en", "de"):
        messages = shipped_messages(language)
        facts = {"points": 8.0, "size": 8.0, "sized": 12, "slow": 9, "limit": 9.5, "n": 100, "clock": "lead",
                 "window": "365 days", "until": "2026-05-01"}  # fmt: skip
        volatile = ("limit", "n", "sized", "slow", "until", "window")
        one = Finding(
            id="f",
            tracker="t",
            item="1",
            key="T-1",
            rule="oversized-story",
            variant="history",
            facts=facts,
            volatile_facts=volatile,
        )
        two = Finding(
            id="f",
            tracker="t",
            item="1",
            key="T-1",
            rule="oversized-story",
            variant="history",
            facts={**facts, "slow": 10, "n": 101, "until": "2026-06-01"},
            volatile_facts=volatile,
        )
        assert basis(messages, one) == basis(messages, two)
        assert messages.finding(one) != messages.finding(two)


def test_the_name_the_rule_and_the_reply_keep_their_style_wherever_a_text_puts_them(tmp_path):
    messages = own(
        tmp_path,
        comment={
            "greeting": "A question by {name} ({n}).",
            "finding": "({rule}) {evidence} {resolution}",
            "waive": "{command} sets it aside.",
        },
    )
    document = build_question_comment(
        [OTHER], hidden=(), score=None, decisions=(), rule_pages_url="https://rules.example", messages=messages
    ).document
    bullets, waive, greeting = document.parts
    assert [(span.text, span.style) for span in greeting.spans] == [
        ("A question by ", Style.PLAIN), ("Backlog Steward", Style.STRONG), (" (1).", Style.PLAIN),
    ]  # fmt: skip
    first, *rest = bullets.entries[0][1].spans[1:]
    assert (first.text, first.link) == ("oversized-story", "https://rules.example/oversized-story")
    assert "".join(span.text for span in rest).startswith(") 8 points; this team")
    assert (waive.spans[0].text, waive.spans[0].style) == ("/steward waive oversized-story because …", Style.CODE)


def test_two_findings_that_ask_the_same_are_one_question_with_both_reasons():
    messages = shipped_messages("en")
    split = Finding(
        id="g", tracker="t", item="1", key="T-1", rule="split-candidate", variant="operations", facts={"span": "manage"}
    )
    content = build_question_comment(
        [OTHER], hidden=[split], score=None, decisions=(), rule_pages_url=None, messages=messages
    )
    printed = render(content.document, Markup.TEXT)
    assert printed.count("?") - printed.count("Not needed here?") == 1
    assert 'It names several operations: "manage". 8 points; this team reviews everything above 5 points.' in printed
    assert "(split-candidate, oversized-story)" in printed
    assert "in the report" not in printed
    assert content.rules == ("oversized-story", "split-candidate")


def test_a_standing_comment_in_english_stays_when_only_the_clock_moves(desk, clock):
    desk.round()
    clock.advance(days=1)
    assert desk.round().writes == 0
