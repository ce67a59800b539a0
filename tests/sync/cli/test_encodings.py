"""Output reaches every terminal and every file, whatever its encoding."""

import io
import json
import sys

import pytest

from sync.cli import main as entry
from sync.cli.output import out, print_error, print_json

TEXT = "Größe → 5 Punkte … “so” 🎉"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_text_and_json_are_written_in_any_encoding(monkeypatch, encoding):
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding=encoding) for name in ("stdout", "stderr")}

    def app(**_options):
        print_json({"text": TEXT})
        out.print(TEXT)
        print_error(TEXT)

    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    monkeypatch.setattr(sys.modules[entry.__module__], "app", app)
    with pytest.raises(SystemExit) as ended:
        entry()
    assert ended.value.code == 0
    written = {name: (stream.flush(), stream.buffer.getvalue().decode(encoding))[1] for name, stream in streams.items()}
    document, end = json.JSONDecoder().raw_decode(written["stdout"])
    assert document == {"text": TEXT}
    assert "5 Punkte" in written["stdout"][end:]
    assert "5 Punkte" in written["stderr"]
