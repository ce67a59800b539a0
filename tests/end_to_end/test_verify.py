"""`plan --verify`: a tracker that can check an edit without saving it is asked, and nothing is saved."""

import pytest


def label_by_reason(desk):
    """Let the service write labels, so that there are edits to check."""
    file = desk.folder / "steward.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  mode: write\n", "  mode: write\n  label: by-reason\n"), encoding="utf-8")


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("azure services", "The tracker checked 3 edits and would refuse 0."),
        ("azure server", "The tracker checked 3 edits and would refuse 0."),
        ("jira cloud", "cannot check an edit without saving it"),
    ],
)
def test_every_edit_is_checked_and_none_is_made(new_desk, site, said):
    with new_desk(site) as desk:
        label_by_reason(desk)
        before = desk.site.seen()
        done = desk.steward("plan", "--verify")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout, done.stdout[-600:]
        assert desk.site.seen() == before
        checked = [path for method, path, _ in desk.proxy.seen if method == "PATCH"]
        assert all("validateOnly=true" in path for path in checked)


def test_an_edit_that_would_be_refused_is_named(new_desk):
    with new_desk("azure services") as desk:
        label_by_reason(desk)
        desk.site.app.faults.add("400#1@PATCH *")
        done = desk.steward("plan", "--verify")
        assert "would refuse 1." in done.stdout
        assert "PAY-1 would be refused" in done.stdout or "would be refused: " in done.stdout
