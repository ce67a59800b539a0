"""Which rules write and which only report, and why; and letting one speak."""

RULE = "oversized-story"


def mode(steward, rule=RULE):
    (one,) = [one for one in steward.json("rules", "list") if one["id"] == rule]
    return one["modes"]["team"]["mode"], one["modes"]["team"]["why"]


def test_before_the_first_writing_no_rule_waits(steward, desk):
    assert mode(steward) == ("write", "it writes after the first `steward apply`.")
    assert "the first `steward apply` covers all rules" in " ".join(steward("rules", "promote", RULE).split())
    desk.round()
    assert mode(steward) == ("write", "it was promoted.")


def test_a_changed_rule_waits_until_it_is_promoted(steward, desk):
    desk.round()
    desk.configure(rules={"rules": {RULE: {"above": 1}}})
    desk.round()
    assert mode(steward)[0] == "shadow"
    assert "steward rules promote oversized-story" in mode(steward)[1]
    assert "shadow" in steward("rules", "list")
    result = steward.json("rules", "promote", RULE)
    assert (result["promoted"], result["in_shadow"]) == (True, 1)
    assert mode(steward) == ("write", "it was promoted.")
    assert "may already write" in steward("rules", "promote", RULE)
    assert desk.round().applied.writes > 0


def test_the_strictest_wins_and_is_named(steward, desk):
    desk.round()
    desk.configure(rules={"rules": {RULE: {"above": 1, "mode": "shadow"}}})
    assert mode(steward) == ("shadow", "the rule is set to `mode: shadow` in rules.yaml.")
    assert "Still in shadow mode at team: the rule is set to" in " ".join(steward("rules", "promote", RULE).split())
    desk.configure(tracker={"mode": "shadow"})
    assert mode(steward) == ("shadow", "the tracker team is in shadow in steward.yaml.")
    desk.configure(write={"mode": "shadow"})
    assert mode(steward) == ("shadow", "`write.mode` is shadow in steward.yaml.")
    desk.configure(rules={"rules": {RULE: "off"}})
    assert [line.split()[1:3] for line in steward("rules", "list").splitlines() if line.startswith(RULE)] == [
        ["off", "off"]
    ]


def test_trackers_that_differ_are_told_apart(steward, desk):
    other = desk.settings["trackers"]["team"] | {"mode": "shadow"}
    desk.settings["trackers"]["other"] = other
    line = next(line for line in steward("rules", "list").splitlines() if line.startswith(RULE))
    assert "mixed" in line
    assert "other: shadow, the tracker other is in shadow" in line


def test_a_rule_that_is_none_is_refused(steward):
    for command in ("show", "promote"):
        assert 'Unknown rule "nothing"' in steward.errors("rules", command, "nothing", code=2)


def test_to_look_at_the_rules_makes_no_store(steward, desk):
    desk.configure(store=f"sqlite:///{desk.folder / 'new.db'}")
    steward("rules", "list")
    steward("rules", "show", RULE)
    assert not (desk.folder / "new.db").exists()


def test_a_type_that_no_item_has_is_listed_with_the_one_that_was_meant(steward, desk):
    desk.configure(rules={"rules": {"missing-acceptance-criteria": {"types": ["storry", "Bug"]}}})
    desk.round()
    (issue,) = steward.json("rules", "lint", code=1)
    assert issue["id"] == "unknown-type"
    assert issue["place"] == "missing-acceptance-criteria.types"
    assert "storry" in issue["message"]
    assert "Did you mean" in issue["message"]
