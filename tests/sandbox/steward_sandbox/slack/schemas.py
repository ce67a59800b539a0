"""What Slack takes: blocks and dialogs, by a schema that is generated from its own types."""

from functools import cache
from typing import Any

import jsonschema_rs

from steward_sandbox.data_files import load_json


def layout_errors(content: Any, kind: str) -> list[dict[str, str]]:
    """What is wrong with "Blocks" or a "Dialog", as `blocks.validate` says it; a faulty block is named as a whole."""
    errors = _validator(kind).iter_errors(content)
    return [
        {"pointer": "".join(f"/{step}" for step in error.instance_path), "message": error.message} for error in errors
    ]


@cache
def _validator(kind: str) -> jsonschema_rs.Draft7Validator:
    schema = load_json("slack", "block-kit-schema")
    return jsonschema_rs.Draft7Validator({"$ref": f"#/definitions/{kind}", "definitions": schema["definitions"]})
