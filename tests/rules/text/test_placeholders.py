"""Text that only holds a place."""

import pytest

from rules.text.lexicon import compile_lexicon
from rules.text.placeholders import is_placeholder

WORDS = compile_lexicon(("en", "de", "fr", "es", "nl", "pt", "it"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "-",
            "...",
            "???",
            "TBD",
            "tbd.",
            "TODO",
            "To be defined",
            "n/a",
            "N.A.",
            "None",
            "none.",
            "x",
            "1.",
        ),
        *("TBD with the design team", "TODO: ask Sam", "To do", "see above", "[describe here]", "<criteria>", "___"),
        *("siehe oben", "folgt", "Folgt noch.", "noch offen", "keine", "s. o.", "wird ergänzt"),
        *("à définir", "por definir", "nog te bepalen", "a definir", "da definire"),
        *(
            "Given When Then",
            "Given <context> When <event> Then <outcome>",
            "Given ... when ... then ...",
            "Angenommen",
        ),
    ],
)
def test_these_say_nothing_yet(text: str) -> None:
    assert is_placeholder(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "No NPE",
        "200",
        "1",
        "TBD is not accepted as a value of the field",
        "It opens",
        "https://wiki.example.org/criteria",
        "The list shows none of them",
        "Nothing is written without a question",
        "Given a user When they pay Then a receipt is sent",
        "Order <id> is shown",
        "Keine Fehlermeldung beim Speichern",
    ],
)
def test_these_say_something(text: str) -> None:
    assert not is_placeholder(text, WORDS)
