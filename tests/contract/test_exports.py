"""Export files of every shape keep the reading part of the contract."""

from contract.export_place import ExportPlace
from contract.reading_contract import ReadingContract


class _Export(ReadingContract):
    shape = ""

    def make(self, serve, folder):
        return ExportPlace(folder, self.shape)

    def test_nothing_can_be_written_to_a_file(self, tracker):
        assert not tracker.connect().capabilities.can_comment
        assert tracker.target is None


class TestJiraCsv(_Export):
    shape = "jira"


class TestAzureDevOpsCsv(_Export):
    shape = "azure"


class TestJsonLines(_Export):
    shape = "lines"
