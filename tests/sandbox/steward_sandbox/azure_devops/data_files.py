"""Reads the data files beside the code."""

import csv
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

_FOLDER = files("steward_sandbox.azure_devops").joinpath("data")


@cache
def load_json(name: str) -> Any:
    """The content of a JSON file."""
    return msgspec.json.decode(_FOLDER.joinpath(f"{name}.json").read_bytes())


@cache
def load_csv(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(_FOLDER.joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()))
