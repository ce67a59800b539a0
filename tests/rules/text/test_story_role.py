"""Who a user story is for."""

import pytest

from rules.model import WorkItem
from rules.text.story_role import story_role


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("As a clerk I want to export orders", "clerk"),
        ("As an *office clerk*, I'd like to export orders", "office clerk"),
        ("Als Sachbearbeiterin möchte ich Bestellungen exportieren", "Sachbearbeiterin"),
        ("Als ein Kunde will ich zahlen", "Kunde"),
        ("En tant que gestionnaire, je veux exporter", "gestionnaire"),
        ("Como gestor quiero exportar", "gestor"),
        ("Como gestor eu quero exportar", "gestor"),
        ("Come utente voglio esportare", "utente"),
        ("Als medewerker wil ik exporteren", "medewerker"),
        ("Jako pracownik chcę eksportować", "pracownik"),
        ("担当者として、エクスポートしたい", "担当者"),
        ("作为一名文员，我想导出订单", "文员"),
        ("As a <role> I want <goal>", ""),
        ("As a rule, exports are stored", ""),
        ("Add it as a required step so we notice", ""),
        ("Export orders", ""),
    ],
)
def test_the_role_is_what_stands_in_the_sentence_of_the_story(title: str, role: str) -> None:
    assert story_role(WorkItem(tracker="t", id="1", key="T-1", title=title)) == role
