"""Whatever an editor leaves behind: a file either loads, or says on which line it is wrong."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sync.messages import shipped_folder
from sync.settings import ConfigurationError, load, load_rules

WHOLE = (shipped_folder() / "steward.example.yaml").read_text(encoding="utf-8").replace("file:/run/secrets/", "")
RULES = (shipped_folder() / "rules.yaml").read_text(encoding="utf-8") + (
    "priority: {wsjf: {levels: [epic]}}\n"
    "x-overrides: &some\n  - where: {label: legacy}\n    rules: {unranked-item: off}\n"
).replace("x-overrides: &some\n", "overrides:\n")

PIECES = st.sampled_from(
    ["", " ", "\n", "\t", ":", "- ", "{", "}", "[", "]", "'", '"', "#", "&a ", "*a", "!x ", "|", ">", "${X}", "null", "off",
     "0x", "1e400", "2001-99-99", "~", "? ", "%", "@", "`", "\x00", "\ufeff", "\u2028", "<<: ", "---\n", "é", "💥", "-1", ".nan"]
)  # fmt: skip


@st.composite
def mutated(draw, text):
    """A file with a few slips of the keyboard in it."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["insert", "delete", "line", "swap"]))
        if kind == "insert":
            text = text[:start] + draw(PIECES) + text[start:]
        elif kind == "delete":
            text = text[:start] + text[start + draw(st.integers(1, 12)) :]
        else:
            lines = text.splitlines(keepends=True) or [""]
            number = draw(st.integers(0, len(lines) - 1))
            other = draw(st.integers(0, len(lines) - 1))
            if kind == "line":
                lines.insert(number, lines[other])
            else:
                lines[number], lines[other] = lines[other], lines[number]
            text = "".join(lines)
    return text


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("settings") / "steward.yaml"


def check(path, read):
    try:
        read(path)
    except ConfigurationError as error:
        assert error.issues
        for mistake in error.issues:
            assert mistake.line >= 1, str(mistake)
            assert mistake.column >= 1, str(mistake)
            assert mistake.line <= path.read_text(encoding="utf-8").count("\n") + 2
            assert "\n" not in str(mistake)
            assert mistake.message.strip()


relaxed = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@relaxed
@given(text=mutated(WHOLE))
@example(text="")
@example(text="trackers: {pay: {token: ${X}}}")
def test_any_steward_yaml_loads_or_is_told_what_is_wrong(file, text):
    file.write_text(text, encoding="utf-8")
    check(file, lambda path: load(path, secrets=False))


@relaxed
@given(text=mutated(RULES))
@example(text="")
@example(text="overrides: [{where: {}, rules: {oversized-story: {above: x}}}]")
def test_any_rules_yaml_loads_or_is_told_what_is_wrong(file, text):
    path = file.with_name("rules.yaml")
    path.write_text(text, encoding="utf-8")
    check(path, load_rules)
    path.unlink()


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["off", "x", "7 days", "[", "é"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "rules", "severity"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@relaxed
@given(
    st.dictionaries(
        st.sampled_from(["trackers", "schedule", "write", "slack", "store", "rules", "rule_pages", "other"]), values
    )
)
def test_values_of_any_shape_are_told_and_never_crash(file, document):
    from ruamel.yaml import YAML  # noqa: PLC0415

    with file.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(document, stream)
    check(file, lambda path: load(path, secrets=False))


@relaxed
@given(st.dictionaries(st.sampled_from(["extends", "languages", "rules", "priority", "overrides", "other"]), values))
def test_rules_of_any_shape_are_told_and_never_crash(file, document):
    from ruamel.yaml import YAML  # noqa: PLC0415

    path = file.with_name("rules-of-any-shape.yaml")
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump(document, stream)
    check(path, load_rules)
