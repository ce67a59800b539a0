"""Files of an admin, right and wrong."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from sync.settings import ConfigurationError, ConfigurationIssue, load

GOOD = """\
trackers:
  pay:
    url: https://example.atlassian.net
    email: steward@example.com
    token: a-token-of-the-team
    scope: project = PAY
"""


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def wrong(tmp_path, monkeypatch) -> Callable[..., list[ConfigurationIssue]]:
    """The mistakes in a steward.yaml, and in a rules.yaml beside it."""
    monkeypatch.chdir(tmp_path)

    def mistakes(steward: str | bytes = GOOD, rules: str | None = None) -> list[ConfigurationIssue]:
        file = Path("steward.yaml")
        if isinstance(steward, bytes):
            file.write_bytes(steward)
        else:
            file.write_text(dedent(steward), encoding="utf-8")
        if rules is not None:
            Path("rules.yaml").write_text(dedent(rules), encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            load(file)
        return list(caught.value.issues)

    return mistakes
