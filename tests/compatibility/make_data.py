"""Writes the stored installation: run by hand, with the program whose traces are to be kept."""

import json
import shutil
import tempfile
from pathlib import Path

from compatibility import story, surface
from compatibility.installation import DATA, Installation, changed, comments, stood, stored, time_stands
from compatibility.store_text import dumped
from compatibility.trackers import Hub, hub


def main() -> None:
    """Tells the story and writes what it leaves."""
    with (
        tempfile.TemporaryDirectory() as name,
        time_stands(story.FIRST),
        hub(DATA / "backlog.jsonl") as trackers,
    ):
        this = Installation(Path(name), trackers)
        story.tell(this)
        (DATA / "store.sql").write_text(dumped(this.store), encoding="utf-8")
        shutil.copy(this.folder / "rules.yaml", DATA)
        _journal(trackers, "journal.jsonl")
        before = comments(trackers)
        _json("comments.json", before)
        for at in story.CALM:
            assert this.steward(at, "once").returncode == 0
        assert not trackers.changes(), "nothing is written in a calm round"
        _json("calm.json", stood(this))
        trackers.journal.clear()
        story.go_on(this)
        _journal(trackers, "later.jsonl")
        for command in story.LATER:
            done = this.steward(*command)
            assert done.returncode == 0, done.stdout + done.stderr
        shutil.copy(this.folder / "plan.json", DATA)
        _json("comments.later.json", changed(before, comments(trackers)))
        _json("later.json", stood(this))
    with tempfile.TemporaryDirectory() as name, stored(Path(name)) as this:
        _json("json.json", surface.tour(this))
        _json("written.json", surface.written(this))
    with tempfile.TemporaryDirectory() as name:
        _json("schemas.json", surface.schemas(Path(name)))
    _json("values.json", surface.values())
    _json("facts.json", surface.facts())


def _journal(trackers: Hub, name: str) -> None:
    lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in trackers.journal]
    (DATA / name).write_text("".join(lines), encoding="utf-8")
    trackers.journal.clear()


def _json(name: str, value: object) -> None:
    (DATA / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
