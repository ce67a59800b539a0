"""Reads the data files beside the code of a package."""

import csv
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


@cache
def load_json(package: str, name: str) -> Any:
    """The content of a JSON file in the folder `data` of a package of the sandbox, such as `jira`."""
    return msgspec.json.decode(files(f"steward_sandbox.{package}").joinpath("data", f"{name}.json").read_bytes())


@cache
def load_csv(package: str, name: str) -> list[dict[str, str]]:
    text = files(f"steward_sandbox.{package}").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
