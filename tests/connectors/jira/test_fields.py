"""Which field holds what, on usual sites and on odd ones."""

import msgspec
import pytest

from connectors.jira.fields import JiraWriteField, discover_fields
from connectors.jira.payloads import JiraField
from connectors.plugin import FieldNames

FLOAT = "com.atlassian.jira.plugin.system.customfieldtypes:float"
TEXT = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
LINE = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"
SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"
BOXES = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"
TEAM_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
PLANNER = "com.atlassian.jpo:jpo-custom-field-original-story-points"


def field(ident, name, kind="number", custom=FLOAT):
    return msgspec.convert({"id": ident, "name": name, "schema": {"type": kind, "custom": custom}}, JiraField)


def system(ident, name, kind):
    return msgspec.convert({"id": ident, "name": name, "schema": {"type": kind, "system": ident}}, JiraField)


RANK = field("customfield_10019", "Rang", "any", "com.pyxis.greenhopper.jira:gh-lexo-rank")
SPRINT = field("customfield_10020", "Iteración", "array", "com.pyxis.greenhopper.jira:gh-sprint")
EPIC = field("customfield_10014", "史诗链接", "any", "com.pyxis.greenhopper.jira:gh-epic-link")


def found(*fields, names=None, writes=None):
    return discover_fields(fields, names or FieldNames(), writes or {})


def test_what_has_a_schema_of_its_own_is_found_whatever_it_is_called():
    site = found(RANK, SPRINT, EPIC, field("customfield_10016", "Punkte", custom=TEAM_POINTS))
    assert (site.rank, site.sprint, site.epic_link) == ("customfield_10019", "customfield_10020", "customfield_10014")
    assert site.points == ("customfield_10016",)


def test_sites_with_two_fields_for_points_keep_both_the_team_managed_one_first():
    site = found(field("customfield_10028", "Story Points"), field("customfield_10016", "x", custom=TEAM_POINTS))
    assert site.points == ("customfield_10016", "customfield_10028")


@pytest.mark.parametrize("name", ["Story Points", "story points", " Story Points ", "STORY POINT ESTIMATE"])
def test_points_are_found_by_their_usual_names(name):
    assert found(field("customfield_1", name)).points == ("customfield_1",)


@pytest.mark.parametrize("name", ["Original story points", "Story points", "Story Points"])
def test_the_planners_original_points_are_never_picked(name):
    assert found(field("customfield_10111", name, custom=PLANNER)).points == ()


@pytest.mark.parametrize("name", ["Original story points", "Σ Story Points", "Story Points (old)", "Points"])
def test_names_that_only_resemble_are_not_picked(name):
    assert found(field("customfield_1", name)).points == ()


def test_a_text_called_story_points_is_not_picked():
    assert found(field("customfield_1", "Story Points", "string", TEXT)).points == ()


def test_all_of_several_fields_with_one_name_are_candidates():
    site = found(field("customfield_1", "Story Points"), field("customfield_2", "Story Points"))
    assert site.points == ("customfield_1", "customfield_2")


def test_a_configured_name_comes_before_everything_found():
    site = found(
        field("customfield_1", "Story Points"), field("customfield_2", "Größe"), names=FieldNames(points=" größe ")
    )
    assert site.points == ("customfield_2",)


def test_a_configured_id_means_just_that_field():
    site = found(
        field("customfield_1", "Size"),
        field("customfield_2", "customfield_1"),
        names=FieldNames(points="CUSTOMFIELD_1"),
    )
    assert site.points == ("customfield_1",)


def test_of_several_fields_with_a_configured_name_those_that_hold_numbers_count():
    site = found(
        field("customfield_1", "Value", "string", TEXT),
        field("customfield_2", "Value"),
        names=FieldNames(points="Value", business_value="Value"),
    )
    assert (site.points, site.value) == (("customfield_2",), "customfield_2")
    assert (site.missing_fields, site.unusable_fields) == ({}, {})


def test_a_configured_number_that_is_none_is_named_and_not_used():
    site = found(field("customfield_1", "Size", "option", SELECT), names=FieldNames(points="Size", effort="Size"))
    assert (site.points, site.effort) == ((), None)
    assert site.unusable_fields == {
        "fields.points": 'names a field that holds no number: "Size".',
        "fields.effort": 'names a field that holds no number: "Size".',
    }


def test_what_is_configured_and_absent_is_named():
    names = FieldNames(
        points="P",
        acceptance_criteria=("A", "B"),
        business_value="V",
        time_criticality="T",
        risk_reduction="R",
        effort="E",
    )
    site = found(RANK, names=names, writes={"wsjf": "W", "moscow": "M"})
    assert site.missing_fields == {
        "fields.points": "P",
        "fields.acceptance_criteria": 'A", "B',
        "fields.business_value": "V",
        "fields.time_criticality": "T",
        "fields.risk_reduction": "R",
        "fields.effort": "E",
        "write.fields.wsjf": "W",
        "write.fields.moscow": "M",
    }


def test_what_nobody_configured_is_not_called_absent():
    site = found(RANK)
    assert (site.missing_fields, site.unusable_fields, site.points, site.criteria) == ({}, {}, (), ())


@pytest.mark.parametrize("name", ["Acceptance Criteria", "Akzeptanzkriterien", "ABNAHMEKRITERIEN "])
@pytest.mark.parametrize("custom", [TEXT, LINE])
def test_fields_for_acceptance_criteria_are_found_by_name(name, custom):
    assert found(field("customfield_1", name, "string", custom)).criteria == ("customfield_1",)


def test_several_fields_for_acceptance_criteria_may_be_configured():
    site = found(
        field("customfield_1", "Checks", "string", TEXT),
        field("customfield_2", "Done when", "string", LINE),
        system("description", "Description", "string"),
        names=FieldNames(acceptance_criteria=("Done when", "Checks", "Description", "checks")),
    )
    assert site.criteria == ("customfield_2", "customfield_1", "description")


def test_a_checklist_of_an_app_is_no_text():
    site = found(
        field("customfield_1", "Checklist", "any", "com.okapya.jira.checklist:checklist"),
        names=FieldNames(acceptance_criteria=("Checklist",)),
    )
    assert site.criteria == ()
    assert site.unusable_fields == {"fields.acceptance_criteria": 'names a field that holds no text: "Checklist".'}


def test_the_inputs_of_cost_of_delay_are_found_in_two_languages():
    site = found(
        field("customfield_1", "Geschäftswert"),
        field("customfield_2", "Time Criticality"),
        field("customfield_3", "RR-OE"),
        field("customfield_4", "Job Size"),
    )
    assert (site.value, site.urgency, site.risk, site.effort) == (
        "customfield_1", "customfield_2", "customfield_3", "customfield_4",
    )  # fmt: skip
    assert site.number_ids == ("customfield_1", "customfield_2", "customfield_3", "customfield_4")


def test_only_the_flag_among_check_boxes_is_the_flag():
    boxes = field("customfield_1", "Platforms", "array", BOXES)
    assert found(boxes).flagged is None
    assert found(boxes, field("customfield_2", "Flagged", "array", BOXES)).flagged == "customfield_2"
    assert found(field("customfield_3", "Flagged", "string", TEXT)).flagged is None


@pytest.mark.parametrize(
    ("kind", "custom", "written"),
    [
        ("number", FLOAT, "number"), ("option", SELECT, "option"), ("string", LINE, "text"), ("string", TEXT, "rich"),
    ],
)  # fmt: skip
def test_a_field_is_written_as_its_schema_says(kind, custom, written):
    site = found(field("customfield_9", "WSJF", kind, custom), writes={"wsjf": "wsjf"})
    assert site.write_fields == {"wsjf": JiraWriteField("customfield_9", "WSJF", written)}


@pytest.mark.parametrize(
    "unfit",
    [system("priority", "Priority", "priority"), system("summary", "Summary", "string"), SPRINT, RANK, EPIC,
     field("customfield_9", "Dates", "date", "x:datepicker"), field("customfield_9", "Many", "array", BOXES),
     msgspec.convert({"id": "issuekey", "name": "Key"}, JiraField)],
    ids=lambda one: one.name,
)  # fmt: skip
def test_peoples_own_fields_and_odd_kinds_are_not_written(unfit):
    site = found(unfit, writes={"wsjf": unfit.name})
    assert site.write_fields == {}
    assert site.unusable_fields == {
        "write.fields.wsjf": f'names a field of a kind that cannot be written: "{unfit.name}".'
    }


def test_among_several_fields_to_write_none_is_guessed():
    two = (field("customfield_1", "WSJF"), field("customfield_2", "WSJF"))
    site = found(*two, writes={"wsjf": "WSJF"})
    assert site.write_fields == {}
    assert site.unusable_fields["write.fields.wsjf"] == (
        'names several fields of this site: "WSJF" is customfield_1, customfield_2. Write the id that is meant.'
    )
    assert found(*two, writes={"wsjf": "customfield_2"}).write_fields["wsjf"].id == "customfield_2"
    dates = field("customfield_3", "WSJF", "date", "x:datepicker")
    assert found(two[0], dates, writes={"wsjf": "WSJF"}).write_fields["wsjf"].id == "customfield_1"


@pytest.mark.parametrize("name", ["go-jira/all_fields.json", "jira-ruby/field.json", "jira-cli/fields.json"])
def test_recorded_field_lists_are_read(recorded, name):
    fields = msgspec.convert(recorded(name), list[JiraField])
    site = discover_fields(fields, FieldNames(acceptance_criteria=("Description",)), {"wsjf": "Original story points"})
    assert site.points == ()
    assert site.rank is None
    assert len(site.criteria) + len(site.missing_fields) >= 1


def test_the_team_field_is_found_by_its_schema():
    team = field("customfield_10001", "Équipe", "any", "com.atlassian.teams:rm-teams-custom-field-team")
    assert found(team).team == "customfield_10001"
    assert found(field("customfield_2", "Team")).team is None
