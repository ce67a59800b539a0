"""A tracker to which something happens between any two of its calls: people come in between, or the process dies."""

from typing import Any


class Crash(BaseException):
    """The process dies here; nothing in the product may catch this."""


class Meddled:
    """A tracker behind whose back something happens: before or after any of its calls."""

    WRITES = ("edit", "add_comment", "replace_comment", "delete_comment")

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.made: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._tracker, name)
        if name == "target":
            target = Meddled(real)
            target.before, target.after, target.made = self.before, self.after, self.made
            return target
        if not callable(real) or name == "content_key":
            return real

        def call(*given: Any, **named: Any) -> Any:
            for hook in (self.before.get(name), self.before.get("*")):
                if hook is not None:
                    hook(*given)
            result = real(*given, **named)
            self.made.append(name)
            for hook in (self.after.get(name), self.after.get("*")):
                if hook is not None:
                    hook(*given)
            return result

        return call

    def crash_at(self, number: int, *, after: bool) -> None:
        """Dies at the write of this number, counted from 1: before it is sent, or before its reply is written down."""
        left = [number]

        def count(*_given: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Crash

        for verb in self.WRITES:
            (self.after if after else self.before)[verb] = count

    @property
    def written(self) -> list[str]:
        return [name for name in self.made if name in self.WRITES]
