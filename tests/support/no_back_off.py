"""Lets repeated calls follow each other without a pause."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from tenacity import wait_none


def no_back_off() -> AbstractContextManager[Any]:
    return patch("connectors.http.RETRY_WAIT", wait_none())
