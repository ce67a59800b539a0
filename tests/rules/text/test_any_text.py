"""Whatever somebody writes, in whatever markup, every reader of texts comes to an end without an error."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.markup import html, markdown, wiki
from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.model import ItemKind, WorkItem
from rules.text import LANGUAGES, compile_lexicon, find_criteria, find_split, open_questions, spike_status

PARSERS = {"wiki": wiki.parse, "markdown": markdown.parse, "html": html.parse}
PIECES = (
    "h3. ", "* ", "# ", "||", "|", "{code}", "{panel:title=", "}", "[", "]", "(", "<", "</details>", "<summary>",
    "<table><tr><td>", "```", "~~", "**", "_", "A.C. ", "AC 1 ", "AC: 22 kW / ", "Acceptance criteria", "受け入れ基準",
    "验收标准", ":", "：", "Given ", "When ", "Then ", "TBD", "see epic", "Done when ", "\n", "\r\n", "\u2028", "\x00", "☐ ",
    "[ ] ", "…", "?", "50%", "There are two problems. ", "maybe 500?", "should we ", "This should be split into stories",
    "İ", "ﬀ", "\u202e", "\u200b", "e\u0301", "and then ", "Open questions:", "needs a name to be defined", "doesn't ",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)
RULE = MissingAcceptanceCriteria(CriteriaOptions())
LEXICON = compile_lexicon(tuple(LANGUAGES))


@given(TEXTS, TEXTS, st.sampled_from(sorted(PARSERS)), st.sampled_from([ItemKind.STORY, ItemKind.BUG]), st.booleans())
def test_every_reader_of_texts_takes_any_text(title, source, markup, kind, is_field):
    text = PARSERS[markup](source)
    criteria, points = (text, None) if is_field else (None, 2.0)
    item = WorkItem(tracker="t", id="1", key="T-1", title=title, kind=kind, text=text, criteria=criteria, points=points)
    assert len(list(RULE.check(item))) <= 1
    assert all(question.strip() for question in open_questions(text))
    if split := find_split(item):
        assert split.span.strip()
    assert find_criteria(item) == find_criteria(item)
    assert spike_status(item, LEXICON) is spike_status(item, LEXICON)
