"""An admin's own rule, from rules.yaml to the item; and trying an expression before."""

RULE = {
    "id": "money-without-size",
    "when": "item.labels.exists(label, label == 'finance') && item.points == null",
    "severity": "warning",
    "question": "How large is this?",
    "resolution": "Estimate it.",
    "examples": [{"labels": ["finance"], "flagged": True}, {"labels": ["finance"], "points": 3, "flagged": False}],
}


def test_it_speaks_is_explained_and_can_be_waived(desk, steward):
    desk.configure(
        rules={"custom": [RULE], "rules": {"missing-acceptance-criteria": "off"}}, asks={RULE["id"]: "Traders"}
    )
    desk.round()
    [comment] = desk.ours("PAY-3")
    assert "How large is this?" in str(comment.body)
    told = steward.json("explain", "PAY-3")
    assert [finding["rule"] for finding in told["findings"] if finding["state"] != "cleared"] == [RULE["id"]]
    assert RULE["id"] in {silent["rule"] for silent in steward.json("explain", "PAY-2")["silent"]}
    [agenda] = steward.json("next")
    assert agenda["entries"][0]["questions"][0]["asked"] == "Traders"
    assert RULE["id"] in {rule["id"] for rule in steward.json("rules", "list")}
    steward("waive", "PAY-3", RULE["id"], "--reason", "known")
    desk.round()
    assert desk.ours("PAY-3") == []


def test_a_changed_rule_waits_for_its_promotion(desk, steward):
    desk.configure(rules={"custom": [RULE], "rules": {"missing-acceptance-criteria": "off"}})
    desk.round()
    desk.configure(
        rules={"custom": [RULE | {"when": f"{RULE['when']} && true"}], "rules": {"missing-acceptance-criteria": "off"}}
    )
    desk.round()
    assert steward.json("explain", "PAY-3")["findings"][0]["state"] == "shadow"
    assert steward.json("rules", "promote", RULE["id"])["promoted"] is True


def test_an_expression_can_be_tried(steward):
    tried = steward.json("rules", "try", RULE["when"])
    assert [item["key"] for item in tried["flagged"]] == ["PAY-3"]
    tried = steward.json("rules", "try", "item.points > 2")
    assert ([item["key"] for item in tried["flagged"]], tried["no_answer"]) == (
        ["PAY-1", "PAY-5"],
        {"No matching overloads found : _>_(null_type, int64)": 3},
    )
    printed = steward("rules", "try", "item.points > 2")
    assert "No answer for 3 items, which are not flagged" in printed
    assert "A value is blank there." in printed


def test_a_wrong_expression_is_said_with_the_names_there_are(steward):
    printed = " ".join(steward("rules", "try", "item.pionts > 2", code=2).replace("│", " ").split())
    assert "undeclared reference to 'item.pionts'" in printed
    assert "item.points" in printed
