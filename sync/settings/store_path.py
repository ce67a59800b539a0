"""Finds the file of a SQLite store, relative to the folder of steward.yaml."""

from pathlib import Path

from msgspec import Struct

_SQLITE = "sqlite:///"


class StoreAddress(Struct, frozen=True):
    """The address of the store.

    Attributes:
        url: The address, with an absolute path.
        note: A note for the admin; may be empty.
    """

    url: str
    note: str = ""


def locate_store(url: str, folder: Path) -> StoreAddress:
    """Resolve a relative path against the folder of steward.yaml.

    Earlier versions resolved it against the working folder. If the store is only there, it is still used.

    Args:
        url: The value of `store`.
        folder: The folder of steward.yaml.

    Raises:
        ValueError: Both folders have a store.
    """
    name, question_mark, query = url.removeprefix(_SQLITE).partition("?")
    relative_path = Path(name)
    in_memory = name in ("", ":memory:") or name.startswith("file:")
    if not url.startswith(_SQLITE) or in_memory or relative_path.is_absolute() or name.startswith("~"):
        return StoreAddress(url)
    path, former = folder.absolute() / relative_path, Path.cwd() / relative_path
    if not former.is_file() or (path.exists() and path.samefile(former)):
        return StoreAddress(f"{_SQLITE}{path}{question_mark}{query}")
    if path.is_file():
        raise ValueError(
            f"There are two stores: {path}, beside steward.yaml, and {former}, in the working folder, where earlier "
            "versions kept it. Set `store:` to the absolute path of the one that knows what was written (usually the "
            f"older one), such as {_SQLITE}{former}, or move the other one away"
        )
    note = (
        f"The store is {former}, in the working folder, where earlier versions kept it. Other folders do not find it: "
        f"move it to {path}, or set `store: {_SQLITE}{former}` in steward.yaml."
    )
    return StoreAddress(f"{_SQLITE}{former}{question_mark}{query}", note)
