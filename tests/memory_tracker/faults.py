"""What goes wrong between the service and a tracker in memory: lost requests, lost replies, refusals."""

from collections.abc import Callable
from typing import Any

from connectors.errors import Refused, Retriable, Uncertain

READS = ("connect", "changes", "list_ids", "fetch", "locate", "comments", "get_snapshot")
WRITES = ("edit", "add_comment", "replace_comment", "delete_comment")

KINDS = ("broken", "busy", "unreachable", "lost-reply", "refused")


class MemoryFaults:
    """Faults by call. A fault is written `KIND[#COUNT][@CALL]`: "lost-reply#1@add_comment".

    Kinds: "broken" (the server fails on it), "busy" (come back in half an hour), "unreachable" (nothing happened), "lost-reply" (it happened), "refused".
    Without a count it strikes until `clear`; without a call it strikes every call.
    """

    def __init__(self) -> None:
        self.struck: list[str] = []
        self._faults: list[list[Any]] = []

    def add(self, *specs: str) -> None:
        """Let these faults strike from now on."""
        for spec in specs:
            kind, _, call = spec.partition("@")
            kind, _, count = kind.partition("#")
            if kind not in KINDS or (call and call not in (*READS, *WRITES)):
                raise ValueError(f"no such fault: {spec}")
            self._faults.append([kind, call, int(count) if count else None])

    def clear(self) -> None:
        """Let nothing go wrong from now on."""
        self._faults.clear()

    def around(self, call: str, act: Callable[[], Any]) -> Any:
        """Do something, or fail as a tracker out there would."""
        kind = self._next(call)
        if kind == "busy":
            raise Retriable("The tracker is busy: it asked us to wait until later.", status=429)
        if kind == "broken":
            raise Retriable("The server failed.", status=500)
        if kind == "refused":
            raise Refused("The tracker refused.", status=400)
        if kind == "unreachable":
            raise Retriable("The tracker could not be reached: no response.")
        result = act()
        if kind == "lost-reply":
            raise (Uncertain if call in WRITES else Retriable)("The connection was lost.")
        return result

    def _next(self, call: str) -> str:
        for fault in self._faults:
            kind, wanted, left = fault
            if wanted in ("", call) and left != 0:
                fault[2] = None if left is None else left - 1
                self.struck.append(kind)
                return str(kind)
        return ""
