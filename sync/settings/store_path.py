"""Finds the file of a SQLite store, relative to the folder of steward.yaml."""

from pathlib import Path

_SQLITE_PREFIX = "sqlite:///"


def locate_store(url: str, folder: Path) -> tuple[str, str]:
    """Resolve a relative path in the address of the store against the folder of steward.yaml.

    Earlier versions resolved it against the working folder. If the store is only there, it is still used.

    Returns:
        The address, and a warning for the admin if the store is at an old location; otherwise an empty text.

    Raises:
        ValueError: Both folders have a store.
    """
    database_name, question_mark, query = url.removeprefix(_SQLITE_PREFIX).partition("?")
    relative_path = Path(database_name)
    is_in_memory = database_name in ("", ":memory:") or database_name.startswith("file:")
    if (
        not url.startswith(_SQLITE_PREFIX)
        or is_in_memory
        or relative_path.is_absolute()
        or database_name.startswith("~")
    ):
        return url, ""
    path, former_path = folder.absolute() / relative_path, Path.cwd() / relative_path
    if not former_path.is_file() or (path.exists() and path.samefile(former_path)):
        return f"{_SQLITE_PREFIX}{path}{question_mark}{query}", ""
    if path.is_file():
        raise ValueError(
            f"There are two stores: {path}, beside steward.yaml, and {former_path}, in the working folder, where "
            "earlier versions kept it. Set `store:` to the absolute path of the one that records what was written "
            f"(usually the older one), such as {_SQLITE_PREFIX}{former_path}, or move the other one away"
        )
    note = (
        f"The store is {former_path}, in the working folder, where earlier versions kept it. Other folders do not "
        f"find it: move it to {path}, or set `store: {_SQLITE_PREFIX}{former_path}` in steward.yaml."
    )
    return f"{_SQLITE_PREFIX}{former_path}{question_mark}{query}", note
