"""Somebody who works on a tracker, through its public interface."""

from typing import Any

from compatibility.trackers import AZURE, CENTER, CLOUD, Hub

ANA = "ana.silva@example.com"
PROJECT = "PAY"
_PATCH = "application/json-patch+json"


class JiraPerson:
    """Ana, in a browser, on Jira Cloud or Data Center."""

    def __init__(self, hub: Hub, host: str) -> None:
        self._hub, self.host = hub, host

    def items(self) -> list[str]:
        search = "/rest/api/3/search/jql" if self.host == CLOUD else "/rest/api/2/search"
        asked = {"jql": f"project = {PROJECT} ORDER BY key", "fields": ["summary"], "maxResults": 100}
        return [one["key"] for one in self._hub.request(self.host, "POST", search, asked, by=ANA)["issues"]]

    def comments(self, item: str) -> list[dict[str, Any]]:
        found = self._ask("GET", f"/issue/{item}/comment")["comments"]
        kept = ("id", "body", "created", "updated")
        return [
            {"author": one["author"]["displayName"], **{name: one[name] for name in kept}, **self._hidden(one)}
            for one in found
        ]

    def _hidden(self, comment: dict[str, Any]) -> dict[str, Any]:
        names = self._ask("GET", f"/comment/{comment['id']}/properties")["keys"]
        values = {
            one["key"]: self._ask("GET", f"/comment/{comment['id']}/properties/{one['key']}")["value"] for one in names
        }
        return {"properties": values} if values else {}

    def item(self, number: int) -> str:
        return f"{PROJECT}-{number}"

    def edit(self, item: str, **fields: Any) -> None:
        self._ask("PUT", f"/issue/{item}", {"fields": self._named(fields)})

    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None:
        changes = [{"add": name} for name in add] + [{"remove": name} for name in remove]
        self._ask("PUT", f"/issue/{item}", {"update": {"labels": changes}})

    def comment(self, item: str, text: str) -> None:
        self._ask("POST", f"/issue/{item}/comment", {"body": text})

    def edit_comment(self, item: str, text: str) -> None:
        self._ask("PUT", f"/issue/{item}/comment/{self._ours(item)}", {"body": text})

    def delete_comment(self, item: str) -> None:
        self._ask("DELETE", f"/issue/{item}/comment/{self._ours(item)}")

    def create(self, title: str, *, sprint: bool = True, **fields: Any) -> None:
        given = self._named({"title": title, **({"sprint": self._sprint()} if sprint else {}), **fields})
        self._ask("POST", "/issue", {"fields": {"project": {"key": PROJECT}, "issuetype": {"name": "Story"}, **given}})

    def _ours(self, item: str) -> str:
        """The comment of the service."""
        found = self._ask("GET", f"/issue/{item}/comment")["comments"]
        return next(one["id"] for one in found if one["author"]["displayName"] == "Steward")

    def _sprint(self) -> int:
        path = f"/rest/agile/1.0/board/{self._board()}/sprint"
        return int(self._hub.request(self.host, "GET", path, by=ANA)["values"][0]["id"])

    def _board(self) -> int:
        return int(self._hub.request(self.host, "GET", "/rest/agile/1.0/board", by=ANA)["values"][0]["id"])

    def _named(self, fields: dict[str, Any]) -> dict[str, Any]:
        known = {one["name"]: one["id"] for one in self._ask("GET", "/field")}
        names = {
            "title": "summary",
            "description": "description",
            "sprint": known["Sprint"],
            "points": known["Story Points"],
            "wsjf": known["WSJF"],
            "business_value": known["Business Value"],
        }
        return {names[name]: value for name, value in fields.items()}

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._hub.request(self.host, method, f"/rest/api/2{path}", body, by=ANA)


class AzurePerson:
    """Ana, in a browser, on Azure DevOps."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self.host = hub, AZURE

    def items(self) -> list[str]:
        found = self._ask("POST", "/wit/wiql", {"query": "SELECT [System.Id] FROM WorkItems ORDER BY [System.Id]"})
        return [str(one["id"]) for one in found["workItems"]]

    def comments(self, item: str) -> list[dict[str, Any]]:
        kept = ("id", "text", "format", "createdDate", "modifiedDate")
        return [
            {"author": one["createdBy"]["displayName"]} | {name: one[name] for name in kept if name in one}
            for one in self._ask("GET", f"/wit/workItems/{item}/comments", preview=True)["comments"]
        ]

    def item(self, number: int) -> str:
        return str(number)

    def edit(self, item: str, **fields: Any) -> None:
        self._ask("PATCH", f"/wit/workitems/{item}", self._named(fields), _PATCH)

    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None:
        there = self._ask("GET", f"/wit/workitems/{item}")["fields"].get("System.Tags", "")
        left = [one for one in there.split("; ") if one and one not in remove] + list(add)
        change = [{"op": "replace" if there else "add", "path": "/fields/System.Tags", "value": "; ".join(left)}]
        self._ask("PATCH", f"/wit/workitems/{item}", change, _PATCH)

    def comment(self, item: str, text: str) -> None:
        self._ask("POST", f"/wit/workItems/{item}/comments", {"text": text}, preview=True)

    def edit_comment(self, item: str, text: str) -> None:
        self._ask("PATCH", f"/wit/workItems/{item}/comments/{self._ours(item)}", {"text": text}, preview=True)

    def delete_comment(self, item: str) -> None:
        self._ask("DELETE", f"/wit/workItems/{item}/comments/{self._ours(item)}", preview=True)

    def create(self, title: str, *, sprint: bool = True, **fields: Any) -> None:
        given = self._named({"title": title, **({"sprint": f"{PROJECT}\\Sprint 12"} if sprint else {}), **fields})
        self._ask("POST", "/wit/workitems/$Product%20Backlog%20Item", given, _PATCH)

    def delete(self, item: str) -> None:
        self._ask("DELETE", f"/wit/workitems/{item}")

    def _ours(self, item: str) -> int:
        """The comment of the service."""
        found = self._ask("GET", f"/wit/workItems/{item}/comments", preview=True)["comments"]
        return next(one["id"] for one in found if one["createdBy"]["displayName"] == "Steward")

    def _named(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        names = {
            "title": "System.Title",
            "description": "System.Description",
            "sprint": "System.IterationPath",
            "points": "Microsoft.VSTS.Scheduling.Effort",
            "wsjf": "Custom.WSJF",
            "business_value": "Microsoft.VSTS.Common.BusinessValue",
        }
        return [{"op": "add", "path": f"/fields/{names[name]}", "value": value} for name, value in fields.items()]

    def _ask(self, method: str, path: str, body: Any = None, kind: str = "", *, preview: bool = False) -> Any:
        version = "7.1-preview.4" if preview else "7.1"
        whole = f"/fabrikam/{PROJECT}/_apis{path}?api-version={version}"
        return self._hub.request(AZURE, method, whole, body, by=ANA, kind=kind)


Person = JiraPerson | AzurePerson


def everywhere(hub: Hub) -> tuple[Person, ...]:
    """Ana on each of the trackers."""
    return JiraPerson(hub, CLOUD), JiraPerson(hub, CENTER), AzurePerson(hub)
