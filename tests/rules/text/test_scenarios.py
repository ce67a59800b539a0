"""Scenarios and rule tables."""

import pytest

from rules.text import from_shorthand
from rules.text.lexicon import compile_lexicon
from rules.text.lines import split_lines
from rules.text.scenarios import find_case_table, find_scenario

WORDS = compile_lexicon(("en", "de", "fr", "es", "nl", "pt", "it"))


@pytest.mark.parametrize(
    "text",
    [
        "Given an empty cart\nWhen I pay\nThen I see a hint",
        "- Given an empty cart\n- When I pay\n- Then I see a hint",
        "Scenario: empty. Given an empty cart, when I pay, then I see a hint.",
        "Given an empty cart And a guest When I pay Then I see a hint",
        "Angenommen, der Korb ist leer\nWenn ich zahle\nDann sehe ich einen Hinweis",
        "Gegeben sei ein leerer Korb, wenn ich zahle, dann sehe ich einen Hinweis",
        "Étant donné un panier vide\nQuand je paie\nAlors je vois un message",
        "Dado un carrito vacío\nCuando pago\nEntonces veo un aviso",
        "Gegeven een lege mand\nAls ik betaal\nDan zie ik een melding",
        "Dado um carrinho vazio\nQuando pago\nEntão vejo um aviso",
        "Dato un carrello vuoto\nQuando pago\nAllora vedo un avviso",
    ],
)
def test_a_scenario_is_found(text: str) -> None:
    assert find_scenario(split_lines(from_shorthand(text)), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "This is bad given the rename, because when it runs, it is slow and then fails.",
        "When I pay\nThen I see a hint",
        "Then I pay\nWhen the cart\nGiven up",
        "We were given two weeks when we asked then.",
        "Given names are shown when known.",
    ],
)
def test_prose_is_no_scenario(text: str) -> None:
    assert find_scenario(split_lines(from_shorthand(text)), WORDS) is None


def test_cases_set_against_results_are_a_rule_table() -> None:
    assert (
        find_case_table(split_lines(from_shorthand("| Input | Expected result\n| 0 | refused")))
        == "Input | Expected result"
    )


@pytest.mark.parametrize("text", ["| Name | Team\n| a | b", "| Input | Expected result", "Input | Expected result"])
def test_other_tables_are_none(text: str) -> None:
    assert find_case_table(split_lines(from_shorthand(text))) is None
