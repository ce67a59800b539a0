from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.document import Bullets, Document, Paragraph, Span, Style

spans = st.builds(Span, st.text(max_size=20), st.sampled_from(Style), st.just("") | st.just("https://x.example/"))
paragraphs = st.builds(Paragraph, st.lists(spans, max_size=4).map(tuple))
documents = st.builds(
    Document,
    st.lists(
        paragraphs | st.builds(Bullets, st.lists(st.lists(paragraphs, max_size=3).map(tuple), max_size=3).map(tuple)),
        max_size=4,
    ).map(tuple),
)


def test_the_plain_text_is_what_a_reader_sees():
    document = Document(
        (
            Paragraph((Span("Backlog Steward", Style.STRONG), Span(" asks."))),
            Bullets(((Paragraph((Span("Who?"),)), Paragraph((Span("See there"),))), (Paragraph((Span("When?"),)),))),
        )
    )
    assert document.plain_text == "Backlog Steward asks.\n• Who?\n  See there\n• When?"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents)
def test_hashes_are_equal_exactly_for_documents_that_say_and_look_the_same(one, two):
    assert (one.hash == two.hash) == (one == two)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(documents)
def test_every_text_is_in_the_plain_text(document):
    def texts(part):
        lines = [part] if isinstance(part, Paragraph) else [line for entry in part.entries for line in entry]
        return [span.text for line in lines for span in line.spans]

    for part in document.parts:
        for text in texts(part):
            assert text in document.plain_text


def test_a_style_or_a_link_changes_the_hash():
    plain = Document((Paragraph((Span("x"),)),))
    assert plain.hash != Document((Paragraph((Span("x", Style.CODE),)),)).hash
    assert plain.hash != Document((Paragraph((Span("x", link="https://x.example"),)),)).hash
