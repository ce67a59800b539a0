"""Export files of every shape keep the reading part of the contract."""

import pytest

from connectors.errors import Refused
from connectors.tracker import Edit, Snapshot
from contract.export_place import ExportPlace
from contract.reading_contract import ReadingContract


class _Export(ReadingContract):
    shape = ""

    def make(self, serve, folder):
        return ExportPlace(folder, self.shape)

    def test_nothing_can_be_written_to_a_file(self, place, tracker):
        seen = Snapshot(id="PAY-1", version="", labels=frozenset(), fields={}, ours=())
        assert not tracker.connect().capabilities.comments
        with pytest.raises(Refused):
            tracker.look("PAY-1")
        with pytest.raises(Refused):
            tracker.edit(seen, Edit(add_labels=("x",)))


class TestJiraCsv(_Export):
    shape = "jira"


class TestAzureDevOpsCsv(_Export):
    shape = "azure"


class TestJsonLines(_Export):
    shape = "lines"
