"""Every tracker of ours keeps the whole contract."""

from contract.memory_place import MemoryPlace
from contract.places import PLACES
from contract.tracker_contract import TrackerContract


class _Ours(TrackerContract):
    where = ""

    def make(self, serve, folder):
        return PLACES[self.where](serve)


class TestMemory(TrackerContract):
    """The tracker that carries the tests of `sync`."""

    def make(self, serve, folder):
        return MemoryPlace()


class TestJiraCloud(_Ours):
    where = "jira-cloud"


class TestJiraDataCenter(_Ours):
    where = "jira-data-center"


class TestAzureDevOpsAgile(_Ours):
    where = "azure-agile"


class TestAzureDevOpsScrum(_Ours):
    where = "azure-scrum"


class TestAzureDevOpsCmmi(_Ours):
    where = "azure-cmmi"


class TestAzureDevOpsBasic(_Ours):
    where = "azure-basic"


class TestAzureDevOpsServer(_Ours):
    where = "azure-server"
