"""Finds the file of a SQLite store: relative to steward.yaml, so that one configuration has one store."""

from pathlib import Path

from msgspec import Struct

_SQLITE = "sqlite:///"


class StoreAddress(Struct, frozen=True):
    """The address of the store.

    Attributes:
        url: With an absolute path.
        note: What an admin should know about it; may be empty.
    """

    url: str
    note: str = ""


def locate_store(url: str, folder: Path) -> StoreAddress:
    """Resolve a relative path against the folder of steward.yaml.

    Earlier versions resolved it against the working folder. A store that is only there is still used.

    Args:
        url: The value of `store`.
        folder: The folder of steward.yaml.

    Raises:
        ValueError: Both folders have a store.
    """
    name, question_mark, query = url.removeprefix(_SQLITE).partition("?")
    given = Path(name)
    in_memory = name in ("", ":memory:") or name.startswith("file:")
    if not url.startswith(_SQLITE) or in_memory or given.is_absolute() or name.startswith("~"):
        return StoreAddress(url)
    path, earlier = folder.absolute() / given, Path.cwd() / given
    if not earlier.is_file() or (path.exists() and path.samefile(earlier)):
        return StoreAddress(f"{_SQLITE}{path}{question_mark}{query}")
    if path.is_file():
        raise ValueError(
            f"There are two stores: {path}, beside steward.yaml, and {earlier}, in the working folder, where earlier "
            "versions kept it. Set `store:` to the absolute path of the one that knows what was written (usually the "
            f"older one), such as {_SQLITE}{earlier}, or move the other one away"
        )
    note = (
        f"The store is {earlier}, in the working folder, where earlier versions kept it. Other folders do not find it: "
        f"move it to {path}, or set `store: {_SQLITE}{earlier}` in steward.yaml."
    )
    return StoreAddress(f"{_SQLITE}{earlier}{question_mark}{query}", note)
