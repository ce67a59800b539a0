"""Processes by name, with those that teams and servers have made of the four system processes."""

from steward_sandbox.azure_devops.process_data import PROCESSES
from steward_sandbox.azure_devops.processes import Process, inherited, renamed

GERMAN = {
    "User Story": "Benutzergeschichte",
    "Product Backlog Item": "Produktbacklogelement",
    "Requirement": "Anforderung",
    "Bug": "Fehler",
    "Task": "Aufgabe",
    "New": "Neu",
    "Approved": "Genehmigt",
    "Committed": "Zugesagt",
    "Active": "Aktiv",
    "Resolved": "Gelöst",
    "Closed": "Geschlossen",
    "Removed": "Entfernt",
    "Proposed": "Vorgeschlagen",
    "In Progress": "In Arbeit",
    "To Do": "Zu erledigen",
    "Done": "Erledigt",
    "Doing": "In Bearbeitung",
    "Stories": "Geschichten",
    "Backlog items": "Backlogelemente",
    "Tasks": "Aufgaben",
}
CHINESE = {
    "User Story": "用户情景",
    "Product Backlog Item": "产品积压工作项",
    "Feature": "特性",
    "Epic": "长篇故事",
    "Bug": "缺陷",
    "Task": "任务",
    "New": "新建",
    "Active": "活动",
    "Resolved": "已解决",
    "Closed": "已关闭",
    "Removed": "已移除",
}


def process_named(name: str) -> Process:
    """A process by its name: a system process, `Inherited Agile` and its like, or `Scrum in German` and its like.

    Raises:
        KeyError: There is none.
    """
    if name in PROCESSES:
        return PROCESSES[name]
    before, word, after = name.partition(" in ")
    if word and before in PROCESSES and after in ("German", "Chinese"):
        return renamed(PROCESSES[before], GERMAN if after == "German" else CHINESE)
    parent = name.removeprefix("Inherited ")
    if parent != name and parent in PROCESSES:
        return inherited(PROCESSES[parent], name)
    raise KeyError(f"no process {name!r}; known: {', '.join(PROCESSES)}")
