"""What people say to the service is understood, or refused with what would be understood."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.markup import remove_invisible
from rules.model import DecisionKind
from rules.registry import all_rules
from sync.decisions.command_parser import CommandError, parse_command

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
RULES = tuple(all_rules())
OVERSIZED = "oversized-story"


def day(year, month, date):
    return datetime(year, month, date, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "verdict", "rule", "review", "reason"),
    [
        (
            "/steward waive oversized-story until 2027-01-15 because it is one migration",
            DecisionKind.WAIVE,
            OVERSIZED,
            day(2027, 1, 15),
            "it is one migration",
        ),
        ("waive oversized-story", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), ""),
        ("/steward waive", DecisionKind.WAIVE, "", NOW + timedelta(days=90), ""),
        ("/steward  WAIVE   Oversized-Story", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), ""),
        ("/steward\twaive\toversized-story", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), ""),
        ("/steward waive because reasons", DecisionKind.WAIVE, "", NOW + timedelta(days=90), "reasons"),
        (
            "/steward waive oversized-story --until 2027-01-15 --reason 'one migration'",
            DecisionKind.WAIVE,
            OVERSIZED,
            day(2027, 1, 15),
            "one migration",
        ),
        (
            "/steward waive oversized-story —until=2027-01-15 —reason: one migration",
            DecisionKind.WAIVE,
            OVERSIZED,
            day(2027, 1, 15),
            "one migration",
        ),
        ("/steward waive oversized-story –until 2027-01-15 –reason one migration", DecisionKind.WAIVE, OVERSIZED, day(2027, 1, 15), "one migration"),
        ("/steward waive oversized-story bis 2027-01-15 weil es so ist", DecisionKind.WAIVE, OVERSIZED, day(2027, 1, 15), "es so ist"),
        ("/steward waive oversized-story bis zum Audit", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), "bis zum Audit"),
        ("/steward WAIVE OVERSIZED-STORY UNTIL 2027-01-15 BECAUSE IT IS SO", DecisionKind.WAIVE, OVERSIZED, day(2027, 1, 15), "IT IS SO"),
        ("/steward waive oversized-story until 2027-01-15.", DecisionKind.WAIVE, OVERSIZED, day(2027, 1, 15), ""),
        ("/steward waive oversized-story one migration", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), "one migration"),
        ("/steward waive oversized-story 2 weeks of work", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), "2 weeks of work"),
        ("/steward waive oversized-story one migration because of the audit", DecisionKind.WAIVE, OVERSIZED, NOW + timedelta(days=90), "one migration of the audit"),
        ("/steward wrong oversized-story", DecisionKind.WRONG, OVERSIZED, NOW + timedelta(days=365), ""),
        ("/steward snooze", DecisionKind.SNOOZE, "", NOW + timedelta(days=14), ""),
        ("/steward snooze 2w", DecisionKind.SNOOZE, "", NOW + timedelta(weeks=2), ""),
        ("/steward snooze 6 weeks", DecisionKind.SNOOZE, "", NOW + timedelta(weeks=6), ""),
        ("/steward snooze for 6 weeks", DecisionKind.SNOOZE, "", NOW + timedelta(weeks=6), ""),
        ("/steward snooze oversized-story 6 weeks", DecisionKind.SNOOZE, OVERSIZED, NOW + timedelta(weeks=6), ""),
        ("/steward snooze oversized-story 30d because holidays", DecisionKind.SNOOZE, OVERSIZED, NOW + timedelta(days=30), "holidays"),
        ("/steward snooze oversized-story until 2026-09-01", DecisionKind.SNOOZE, OVERSIZED, day(2026, 9, 1), ""),
        ("/steward snooze 2w after the release", DecisionKind.SNOOZE, "", NOW + timedelta(weeks=2), "after the release"),
        ("/steward snooze 6 weeks after the release", DecisionKind.SNOOZE, "", NOW + timedelta(weeks=6), "after the release"),
        ("/steward snooze oversized-story after the release", DecisionKind.SNOOZE, OVERSIZED, NOW + timedelta(days=14), "after the release"),
        ("/steward snooze 2 weeks oversized-story", DecisionKind.SNOOZE, OVERSIZED, NOW + timedelta(weeks=2), ""),
    ],
)  # fmt: skip
def test_a_command_is_understood(line, verdict, rule, review, reason):
    command = parse_command(line, RULES, NOW)
    assert (command.kind, command.rule, command.review, command.reason) == (verdict, rule, review, reason)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/steward wave", "Expected one of: waive, snooze, wrong, resume, decide, help."),
        ("/steward close this", '"close" is not a command'),
        ("/steward waive oversized", 'Unknown rule "oversized". The nearest rule is "oversized-story".'),
        ("/steward waive oversized-story until tomorrow", "Write it as 2027-01-15"),
        ("/steward waive oversized-story until 2027-02-30", "is not a date"),
        ("/steward waive oversized-story until 2026-06-01", "not in the future"),
        ("/steward waive oversized-story until 2020-01-01", "not in the future"),
        ("/steward snooze 99999999 weeks", "is neither a rule nor a duration"),
        ("/steward waive oversized-story, unranked-item because of the audit", "One line is about one rule."),
        ("/steward snooze 2w oversized-story and unranked-item", "One line is about one rule."),
        ("/steward snooze soon", '"soon" is neither a rule nor a duration such as 14d.'),
    ],
)
def test_what_is_not_understood_says_what_would_be(line, said):
    with pytest.raises(CommandError, match=".") as caught:
        parse_command(line, RULES, NOW)
    assert said in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize(
    "line",
    [
        "/Steward Waive Oversized-Story until 2027-01-15",
        "/STEWARD WAIVE OVERSIZED-STORY UNTIL 2027-01-15",
        "\uff0fsteward waive oversized-story until 2027-01-15",
        "\u200b/steward waive \u2060oversized-story until 2027-01-15\ufeff",
        "/steward waive oversized\u2011story until 2027\u20111\u201115",
        "/steward waive oversized\u2013story until 2027-01-15",
        "/steward waive `oversized-story` until `2027-01-15`",
        "/steward waive *oversized-story*, until (2027-01-15)",
        "/steward waive “oversized-story” until 2027-01-15.",
        "/steward waive: oversized-story: until 2027-01-15",
    ],
)
def test_letter_case_invisible_marks_and_copied_formatting_change_nothing(line):
    assert parse_command(line, RULES, NOW) == parse_command("waive oversized-story until 2027-01-15", RULES, NOW)


@pytest.mark.parametrize("line", ["/steward", "/steward help", "/Steward HELP", "/steward help me"])
def test_help_is_asked_for(line):
    with pytest.raises(CommandError, match="/steward waive RULE") as asked:
        parse_command(line, RULES, NOW)
    assert asked.value.message_id == "help"


@pytest.mark.parametrize("reason", ["because …", "because ...", "weil …", "--reason …", "because …."])
@pytest.mark.parametrize("command", ["waive oversized-story", "waive RULE", "wrong", "snooze 14d", "decide no"])
def test_an_example_of_our_own_is_not_taken_for_an_answer(command, reason):
    with pytest.raises(CommandError, match="Replace"):
        parse_command(f"/steward {command} {reason}", RULES, NOW)


def test_a_day_that_has_begun_is_not_in_the_future():
    midnight = day(2026, 6, 1)
    with pytest.raises(CommandError, match="not in the future"):
        parse_command("/steward waive until 2026-06-01", RULES, midnight)
    assert parse_command("/steward waive until 2026-06-02", RULES, midnight).review == day(2026, 6, 2)


def test_a_word_that_is_not_understood_is_quoted_up_to_40_letters():
    for length, quoted in ((40, "x" * 40), (41, f"{'x' * 40}…")):
        with pytest.raises(CommandError) as refused:
            parse_command("x" * length, RULES, NOW)
        assert refused.value.facts["word"] == quoted


def test_a_reason_is_one_printable_line_of_bounded_length():
    command = parse_command("waive because \x1b[31mred\x00\n\tand\u2028more" + " x" * 2000, RULES, NOW)
    assert command.reason.isprintable()
    assert len(command.reason) <= 500
    assert command.reason.startswith("[31mred and more x x")


words = st.sampled_from(
    ["waive", "snooze", "wrong", *RULES, "until", "2027-01-15", "2026-02-30", "because", "--reason", "for", "2w", "6",
     "weeks", "99999999d", "—until=2027-01-15", "\t", "\n", "'", "/steward", "\u202e", "💥"]
)  # fmt: skip


@given(st.lists(words | st.text(max_size=8), max_size=8).map(" ".join))
@example("snooze 9999999999999w")
@example("waive until 9999-12-31")
@example("waive until 0000-00-00")
def test_whatever_is_said_is_understood_or_refused_in_words(line):
    try:
        command = parse_command(line, RULES, NOW)
    except CommandError as error:
        told = str(error)
    else:
        assert command.review > NOW - timedelta(days=1)
        assert command.rule == "" or command.rule in RULES
        assert len(command.reason) <= 500
        told = "understood"
    assert told


@given(
    st.sampled_from(["waive", "snooze", "wrong"]),
    st.sampled_from(["", *RULES]),
    st.none() | st.dates(min_value=day(2026, 6, 2).date(), max_value=day(2099, 1, 1).date()),
    st.text(alphabet=st.characters(categories=["L", "N"]), max_size=30).filter(
        lambda text: text == remove_invisible(text)
    ),
)
def test_what_is_said_in_full_is_understood_in_full(verb, rule, until, reason):
    line = " ".join(
        part
        for part in ("/steward", verb, rule, f"until {until}" if until else "", f"because {reason}" if reason else "")
        if part
    )  # fmt: skip
    command = parse_command(line, RULES, NOW)
    assert (command.kind.value, command.rule, command.reason) == (verb, rule, reason)
    if until:
        assert command.review.date() == until
