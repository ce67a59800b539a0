"""The manual: pages that are complete, runnable and not stale."""

import ast
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

import rules.rule
from rules.catalogue import HEADINGS, parse_page, parse_pages, render_pages
from rules.example import parse_examples
from rules.registry import all_rules
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.ruleset import document_model
from sync.cli import app
from sync.cli.main import main

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "add-a-rule.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A register that forgets what a test adds, and without the rule of the guide, which a reader may have added."""
    others = {name: rule for name, rule in rules.rule._registry.items() if name != "bare-link"}
    monkeypatch.setattr(rules.rule, "_registry", others)
    return


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    modules = {path.stem.replace("_", "-") for path in (ROOT / "rules" / "checks").glob("[!_]*.py")}
    files = {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} - {"README"}
    assert modules == set(all_rules()), "a module of rules/checks/ and the id of its rule have the same name"
    assert files == set(all_rules()), "run `make docs`, and delete pages of rules that are gone from docs/rules/"
    assert set(all_rules()) == {one.rule.id for one in parse_pages()}


@pytest.mark.parametrize("name", render_pages())
def test_no_page_is_stale(name: str) -> None:
    page = ROOT / "docs" / "rules" / name
    remedy = f"docs/rules/{name} is missing or out of date: run `make docs`"
    assert page.exists(), remedy
    assert page.read_text(encoding="utf-8") == render_pages()[name], remedy


@pytest.mark.parametrize("rule", all_rules().values(), ids=list(all_rules()))
def test_a_page_has_every_heading_option_and_sentence(rule: type[Rule[RuleOptions]]) -> None:
    written = render_pages()[f"{rule.id}.md"]
    assert [heading for heading in re.findall(r"^## (.*)$", written, re.MULTILINE) if heading in HEADINGS] == list(
        HEADINGS
    )
    assert set(re.findall(r"^\| `(\w+)` \|", written, re.MULTILINE)) == set(rule.options.model_fields)
    assert all(message.question.partition("{")[0] in written for message in rule.messages.values())
    assert all(field.description for field in rule.options.model_fields.values())


@pytest.mark.parametrize("rule", all_rules().values(), ids=list(all_rules()))
def test_the_index_names_every_rule_with_its_severity(rule: type[Rule[RuleOptions]]) -> None:
    assert f"[{rule.id}]({rule.id}.md)" in render_pages()["README.md"]


def test_every_check_module_registers_a_rule() -> None:
    registered = {rule.__module__ for rule in all_rules().values()}
    modules = {f"rules.checks.{path.stem}" for path in (ROOT / "rules" / "checks").glob("[!_]*.py")}
    assert registered == modules, "each module of rules/checks/ defines one rule, below `@register`"


def test_rules_touch_nothing_outside() -> None:
    """No file, socket, clock or dice in what judges text, sizes and items."""
    forbidden = {"os", "io", "pathlib", "socket", "time", "random", "secrets", "uuid", "subprocess", "httpx", "logging"}
    for folder in ("checks", "flow", "text"):
        for path in (ROOT / "rules" / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
            roots = {
                name.split(".")[0]
                for node in ast.walk(tree)
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
            }
            assert not roots & forbidden, path
            assert not re.search(r"\b(open|print|input|now|today|utcnow)\(", source), path


class TestPagesThatCannotBeRead:
    """A page with a mistake says which, instead of being laid out wrongly."""

    GOOD = "A pattern.\n\n" + "".join(f"## {heading}\n\nText.\n\n" for heading in HEADINGS[:-1])
    EXAMPLES = "## Examples\n\n- fail: v\n  name: N\n  item: {title: T}\n"

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch):
        def read(docstring: str):
            module = ModuleType("made_up_rule", docstring)
            monkeypatch.setitem(sys.modules, "made_up_rule", module)
            return parse_page(type("MadeUp", (Rule,), {"__module__": "made_up_rule", "id": "made-up"}))

        return read

    def test_a_good_one_is_read(self, read) -> None:
        assert read(self.GOOD + self.EXAMPLES).summary == "A pattern."

    def test_a_missing_heading_is_named(self, read) -> None:
        with pytest.raises(ValueError, match="expected the headings"):
            read(self.GOOD)

    def test_headings_stand_in_order(self, read) -> None:
        with pytest.raises(ValueError, match="expected the headings"):
            read("A pattern.\n\n" + self.EXAMPLES + self.GOOD.removeprefix("A pattern.\n\n"))

    def test_an_empty_section_is_named(self, read) -> None:
        with pytest.raises(ValueError, match="empty section: Options"):
            read(self.GOOD.replace("## Options\n\nText.", "## Options") + self.EXAMPLES)

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("- {fail: [", "not valid YAML"),
            ("just words", "expected a list"),
            ("- {name: N, item: {title: T}}", "either fail or pass"),
            ("- {fail: v, pass: N, item: {title: T}}", "either fail or pass"),
            ("- {fail: v, item: {title: T}}", "needs a name and an item"),
            ("- {pass: N}", "needs a name and an item"),
            ("- {pass: N, item: {tittle: T}}", "tittle"),
            ("- {pass: N, item: {title: T}, backlog: {on: 1}}", "on"),
            ("- {pass: N, item: {title: T}, backlog: {finished: [{size: 3}]}}", "size"),
        ],
    )
    def test_an_example_with_a_mistake_says_which(self, source: str, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            parse_examples(source)

    def test_an_example_that_the_rule_does_not_judge_shows_nothing(self) -> None:
        (example,) = parse_examples("- {pass: N, item: {title: T, kind: epic}}")
        with pytest.raises(ValueError, match="does not judge"):
            example.hits(all_rules()["missing-acceptance-criteria"])


@pytest.mark.usefixtures("registry")
class TestTheGuide:
    """Whoever follows docs/add-a-rule.md ends up with a rule that works."""

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> type[Rule[RuleOptions]]:
        module = ModuleType("rules.checks.bare_link")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(BLOCKS[0], "bare_link.py", "exec"), module.__dict__)
        return all_rules()["bare-link"]

    def test_its_rule_registers_and_its_examples_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rule = self.rule(monkeypatch)
        for example in parse_page(rule).examples:
            assert [hit.variant for hit in example.hits(rule)] == ([example.variant] if example.variant else [])

    def test_its_rule_gets_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rule(monkeypatch)
        assert "bare-link.md" in render_pages()

    def test_its_sentences_read_like_those_of_the_other_rules(self, monkeypatch: pytest.MonkeyPatch) -> None:
        checks = runpy.run_path(str(Path(__file__).parent / "checks" / "test_messages.py"))
        rule = self.rule(monkeypatch)
        messages = [rule.message(hit) for example in parse_page(rule).examples for hit in example.hits(rule)]
        sentence_checks = [one for one in checks.values() if getattr(one, "pytestmark", None) == [checks["EVERY"].mark]]
        assert sentence_checks
        assert messages
        for check in sentence_checks:
            for message in messages:
                check(rule.id, message)

    def test_its_own_test_passes(self, monkeypatch: pytest.MonkeyPatch, item, backlog, now) -> None:
        self.rule(monkeypatch)
        namespace: dict[str, Any] = {}
        exec(BLOCKS[1], namespace)
        (test,) = (value for name, value in namespace.items() if name.startswith("test_"))
        ((_, texts),) = (mark.args for mark in test.pytestmark)
        assert texts
        for text in texts:
            test(item, backlog, now, text)
        with pytest.raises(AssertionError):
            test(item, backlog, now, "https://wiki.example.org/invoice")

    def test_its_rule_flags_its_item_with_its_rules_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.rule(monkeypatch)
        document_model.cache_clear()
        (rules_file,) = re.findall(r"^```yaml\n# rules.yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
        (tmp_path / "rules.yaml").write_text(rules_file, encoding="utf-8")
        (line,) = re.findall(r"^```json\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
        (tmp_path / "items.jsonl").write_text(line, encoding="utf-8")
        command = ["check", str(tmp_path / "items.jsonl"), "--rules", str(tmp_path / "rules.yaml")]
        try:
            assert "PAY-1  warning  bare-link" in CliRunner().invoke(app, command).output
        finally:
            document_model.cache_clear()

    def test_it_names_only_what_exists(self) -> None:
        for path in re.findall(r"`((?:rules|tests|docs)/[\w/.-]+)`", GUIDE):
            assert "bare_link" in path or (ROOT / path).exists(), path


@pytest.mark.usefixtures("registry")
def test_a_rule_without_a_way_out_does_not_load() -> None:
    class Stuck(Rule[RuleOptions]):
        id = "stuck"
        title = "Stuck"
        messages = {"v": Message("It is.", "Is it?", " ")}  # noqa: RUF012
        saturation_question = "{flagged} of {judged}?"

        def check(self, item: object) -> Iterator[Hit]:
            return iter(())

    with pytest.raises(ValueError, match="does not say how to clear v"):
        register(Stuck)


def test_a_mistake_in_an_example_is_named_without_a_traceback(tmp_path, monkeypatch, capsys):
    module = sys.modules["rules.checks.vague_title"]
    monkeypatch.setattr(module, "__doc__", module.__doc__.replace("item: {", "item: {titel: Search, ", 1))
    monkeypatch.setattr(sys, "argv", ["steward", "rules", "docs", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "rules.checks.vague_title: example 1: unknown key: titel" in capsys.readouterr().err
