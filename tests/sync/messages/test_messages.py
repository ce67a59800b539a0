"""Every message of every rule, in every language: short, about the item, with a way out, and nobody is addressed."""

import re
from datetime import UTC, datetime

import pytest

from connectors.connection import Capabilities
from connectors.document import Bullets, Paragraph
from rules.catalogue import parse_pages
from rules.engine import make_finding
from rules.message_templates import parse_template
from rules.model import Decision, DecisionKind, Finding
from rules.priority.wsjf import Refusal, WsjfOptions, wsjf
from rules.registry import all_rules
from rules.rule import make_not_known_reason
from sync.decisions.command_parser import parse_command
from sync.inspect.preview import preview_examples
from sync.messages import languages, shipped_messages
from sync.messages.loading import shipped_texts
from sync.writeback.comment import build_question_comment, build_settled_comment

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EXAMPLES = [
    (make_finding(page.rule(page.rule.options(**one.options)), one.item, hit), one)
    for page in parse_pages()
    for one in page.examples
    for hit in one.hits(page.rule)
]
FOUND = [finding for finding, _ in EXAMPLES]
EACH = [
    pytest.param(language, finding, id=f"{language}: {finding.rule} {finding.variant}")
    for language in languages()
    for finding in FOUND
]
EVERY = pytest.mark.parametrize(("language", "finding"), EACH)

ADDRESSED = {
    "en": re.compile(r"\b(you|your|yours|we must|please|thanks|sorry|he|she|his|her)\b", re.IGNORECASE),
    "de": re.compile(
        r"\b(du|dich|dir|dein\w*|sie|ihnen|ihr|ihre[mnrs]?|bitte|danke|man|der autor\w*)\b", re.IGNORECASE
    ),
}
ALLOWED = {"en": (), "de": ("ihre Größe",)}
BLAME = {
    "en": re.compile(r"\b(violat\w*|forgot\w*|invalid|wrong|fail\w*|error|bad|must|never|always)\b", re.IGNORECASE),
    "de": re.compile(
        r"\b(vergessen|fehler\w*|falsch\w*|ungültig\w*|verletzt|verstoß\w*|schlecht\w*|muss|müssen|nie|immer|mangelhaft)\b",
        re.IGNORECASE,
    ),
}


def message(language: str, finding: Finding):
    return shipped_messages(language).finding(finding)


def ours(said: str) -> str:
    """The words of the service, without those of an item."""
    return re.sub(r'"[^"]*"|„[^“]*“', "", said)


def without(said: str, allowed: tuple[str, ...]) -> str:
    for words in allowed:
        said = said.replace(words, "")
    return said


def every_text(texts, path=""):
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from every_text(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


# ---- each finding


@EVERY
def test_a_question_is_one_short_sentence_that_asks(language, finding):
    question = message(language, finding).question
    assert question.endswith("?")
    assert question.count("?") == 1
    assert len(question.split()) <= 16


@EVERY
def test_evidence_is_one_or_two_short_sentences(language, finding):
    evidence = message(language, finding).evidence
    assert evidence[0].isupper() or evidence[0].isdigit()
    assert evidence[-1] in '."“'
    assert len(evidence) <= 240


@EVERY
def test_there_is_a_way_to_clear_it(language, finding):
    resolution = message(language, finding).resolution
    assert resolution.endswith(".")
    assert len(resolution.split()) <= 45


@EVERY
def test_it_is_two_lines_and_no_more(language, finding):
    content = comment(language, finding)
    (bullets,) = [part for part in content.document.parts if isinstance(part, Bullets)]
    (entry,) = bullets.entries
    assert len(entry) == 2
    lines = ["".join(span.text for span in line.spans) for line in entry]
    assert all("\n" not in line and len(line) <= 480 for line in lines)
    assert lines[0] == message(language, finding).question
    assert finding.rule in lines[1]


@EVERY
def test_nobody_is_addressed_and_nobody_is_blamed(language, finding):
    said = message(language, finding)
    spoken = without(ours(" ".join(said)), ALLOWED[language])
    assert not ADDRESSED[language].search(spoken)
    assert not BLAME[language].search(ours(f"{said.evidence} {said.question}"))
    assert "!" not in ours(" ".join(said))
    assert "@" not in ours(" ".join(said))


@EVERY
def test_every_figure_is_ready_to_be_read(language, finding):
    said = " ".join(message(language, finding))
    assert not re.search(r"\d\.0\b|\d,0\b|[{}]|None|True|False", said)
    if language == "de":
        assert not re.search(r"\b\d{4}-\d\d-\d\d\b|\d\.\d{1,2} ", ours(said))


@EVERY
def test_every_fact_is_told_in_every_language(language, finding):
    """A figure or a span that the English evidence shows is in the other one, too."""
    english, other = " ".join(message("en", finding)), " ".join(message(language, finding))
    for name, value in finding.facts.items():
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        if not isinstance(value, str) or name in ("span", "heading"):
            assert (shown in english) <= (shown in other or shown.replace(".", ",") in other), name


@EVERY
def test_a_whole_comment_fits_and_says_how_to_set_it_aside(language, finding):
    content = comment(language, finding)
    assert len(content.document.plain_text) < min(1200, Capabilities().comment_limit)
    (line,) = [line for line in content.document.plain_text.splitlines() if "/steward" in line]
    said = re.search(r"/steward waive [\w-]+ \w+ …", line)
    assert said, line
    command = parse_command(said[0].replace("…", "so"), all_rules().keys(), NOW)
    assert (command.kind, command.rule, command.reason) == (DecisionKind.WAIVE, finding.rule, "so")


@pytest.mark.parametrize("language", languages())
def test_as_many_findings_as_may_be_shown_fit(language):
    longest = sorted(FOUND, key=lambda one: -len(" ".join(message(language, one))))[:3]
    content = comment(language, *longest, hidden=FOUND[:5], decided=[decision(reason="a " * 200)] * 3)
    assert len(content.document.plain_text) < Capabilities().comment_limit / 5
    assert len([part for part in content.document.parts if isinstance(part, Paragraph)]) == 6


def comment(language, *findings, hidden=(), decided=(), score=None):
    return build_question_comment(
        findings,
        hidden=hidden,
        score=score,
        decisions=decided,
        rule_pages_url=None,
        messages=shipped_messages(language),
    )


def decision(**values):
    given = {"id": "1", "tracker": "t", "item": "1", "key": "T-1", "kind": DecisionKind.WAIVE, "at": NOW}
    return Decision(**(given | values))


# ---- everything else that is said


@pytest.mark.parametrize("language", languages())
def test_no_text_at_all_shouts_or_addresses_anybody(language):
    for key, text in every_text(shipped_texts(language)):
        spoken = without(ours(text), ALLOWED[language])
        assert "!" not in spoken, key
        assert "@" not in spoken, key
        assert "\n" not in text, key
        is_sent_by_a_person = ".replies." in key
        assert is_sent_by_a_person or not ADDRESSED[language].search(spoken), key
        parse_template(text)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("rule", all_rules())
def test_the_question_to_the_whole_team_has_its_numbers_and_asks(language, rule):
    whole = shipped_messages(language).team_question(rule, 12, 20, "")
    place = f"`whole` of {rule} in config/messages/{language}.findings.yaml"
    assert re.search(r"12 (of|von) 20", whole), place
    assert whole.endswith("?"), place


@pytest.mark.parametrize(("language", "words"), [("en", "None of the 106 items"), ("de", "Keiner der 106 Einträge")])
def test_where_a_rule_flags_every_item_the_question_says_none(language, words):
    assert shipped_messages(language).team_question("missing-acceptance-criteria", 106, 106, "").startswith(words)


@pytest.mark.parametrize("language", languages())
def test_what_cannot_be_judged_is_said_in_the_language(language):
    messages = shipped_messages(language)
    facts = {"n": 7, "least": 30, "finished": 40, "window": "26 weeks", "until": "2026-06-01", "share": 50.0,
             "limit": 9.5, "clock": "lead", "unknown": 2, "judged": 9, "unsure": 1, "started": 4,
             "size": 8.0, "lead_times": 60, "slow": 3, "larger": 9}  # fmt: skip
    for name, rule in all_rules().items():
        for variant in rule.unjudged_messages:
            said = messages.unjudged_reason(name, rule.make_unjudged(variant, **facts))
            assert said.endswith(".")
            assert not re.search(r"[{}]|None", said)
            assert (said == str(rule.make_unjudged(variant, **facts))) == (language == "en")


def test_a_score_in_english_has_its_figures_and_its_names():
    assert [shipped_messages("en").score(score) for score in SCORES] == ENGLISH_SCORES


def test_a_score_in_german_has_its_figures_and_its_names():
    first, refused, both, none = (shipped_messages("de").score(one) for one in SCORES)
    assert first == "WSJF 5,2 = (8 Geschäftswert + 13 Zeitkritikalität + 5 Risikominderung) / 5 Aufwand."
    assert refused == "WSJF lässt sich nicht berechnen: Zeitkritikalität und Aufwand sind leer."
    assert both == "WSJF lässt sich nicht berechnen: Geschäftswert ist leer, und der Aufwand muss über 0 liegen."
    assert none == "WSJF lässt sich nicht berechnen: der Aufwand muss über 0 liegen."


def scored(**values):
    item = parse_pages()[0].examples[0].item
    given = {"value": 8.0, "urgency": 13.0, "risk": 5.0, "points": 5.0} | values
    return wsjf(
        type(item)(tracker="t", id="1", key="T-1", kind=item.kind, type="Story", **given),
        WsjfOptions(levels=("story",)),
    )


SCORES = [
    scored(),
    scored(urgency=None, points=None),
    Refusal(("business value",), has_unusable_size=True),
    scored(points=0.0),
]
ENGLISH_SCORES = [
    "WSJF 5.2 = (8 business value + 13 time criticality + 5 risk reduction) / 5 job size.",
    "WSJF cannot be calculated: time criticality and job size are blank.",
    "WSJF cannot be calculated: business value is blank, and the job size must be above 0.",
    "WSJF cannot be calculated: the job size must be above 0.",
]


@pytest.mark.parametrize(
    ("values", "english", "german"),
    [
        ({}, "Waived (everything).", "Ausgesetzt (alles)."),
        ({"rule": "unranked-item", "reason": "the order is kept elsewhere."},
         "Waived (unranked-item): the order is kept elsewhere.", "Ausgesetzt (unranked-item): the order is kept elsewhere."),
        ({"review": datetime(2027, 1, 15, tzinfo=UTC)},
         "Waived (everything) until 2027-01-15.", "Ausgesetzt (alles) bis 15.01.2027."),
        ({"review": datetime(2027, 1, 15, tzinfo=UTC), "reason": "so"},
         "Waived (everything) until 2027-01-15: so.", "Ausgesetzt (alles) bis 15.01.2027: so."),
    ],
)  # fmt: skip
def test_a_decision_is_one_line(values, english, german):
    for language, said in (("en", english), ("de", german)):
        content = build_settled_comment([decision(**values)], shipped_messages(language))
        assert content.document.plain_text == f"Backlog Steward: {said}"


def test_a_reason_full_of_braces_stays_a_reason():
    content = build_settled_comment([decision(reason="{name} {n} {0}")], shipped_messages("de"))
    assert content.document.plain_text == "Backlog Steward: Ausgesetzt (alles): {name} {n} {0}."


@pytest.mark.parametrize("language", languages())
def test_every_example_of_every_rule_can_be_looked_at(language):
    for rule in all_rules().values():
        for shown in preview_examples(rule, shipped_messages(language), None):
            assert bool(shown.variant) == (shown.content is not None)


def test_a_finding_of_which_the_texts_know_nothing_speaks_in_its_own_words():
    finding = Finding(
        id="1",
        tracker="t",
        item="1",
        key="T-1",
        rule="no-owner",
        question="Who?",
        evidence="Nobody.",
        resolution="Say who.",
    )
    assert tuple(shipped_messages("de").finding(finding)) == ("Nobody.", "Who?", "Say who.")


def test_a_finding_stored_without_a_fact_speaks_in_its_own_words():
    finding = Finding(
        id="1",
        tracker="t",
        item="1",
        key="T-1",
        rule="oversized-story",
        variant="history",
        question="Q?",
        evidence="E.",
        resolution="R.",
        facts={"points": 8.0},
    )
    assert tuple(shipped_messages("de").finding(finding)) == ("E.", "Q?", "R.")


@pytest.mark.parametrize("finding", FOUND, ids=[f"{one.rule} {one.variant}" for one in FOUND])
def test_the_english_texts_say_what_the_rule_says(finding):
    assert tuple(message("en", finding)) == (finding.evidence, finding.question, finding.resolution)


def letters(text):
    """The words of a text, without its figures."""
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


@pytest.mark.parametrize(
    ("finding", "example"), EXAMPLES, ids=[f"{finding.rule} {finding.variant}" for finding, _ in EXAMPLES]
)
def test_facts_hold_figures_codes_and_words_of_the_item_only(finding, example):
    """A fact in words of a language would change with the language, and look like a new finding."""
    codes = all_rules()[finding.rule].code_texts
    source = f"{example.source} {[item.key for item in example.backlog.items]}".replace("\\n", " ")
    words = letters(source) | {"days"}  # the unit of a period, which the sentence translates
    for name, value in finding.facts.items():
        if isinstance(value, str) and value not in codes.get(name, ()):
            assert letters(value) <= words, f"{name} is neither a code nor text of the item"


@pytest.mark.parametrize("items", [1, 3])
def test_what_is_not_known_of_items_is_said_in_the_language(items):
    for attribute in {"category", "kind"}.union(*(rule.needed_attributes for rule in all_rules().values())):
        reason = make_not_known_reason(attribute, items)
        english, german = (shipped_messages(name).unjudged_reason("oversized-story", reason) for name in ("en", "de"))
        assert str(reason) == english.replace("one", "1")
        assert german.startswith("Nicht bekannt bei")
        assert not german.endswith(f" {attribute}.")
