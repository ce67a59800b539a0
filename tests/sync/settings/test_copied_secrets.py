"""Secrets that were copied through a word processor, and machines without time-zone data."""

import zoneinfo

import pytest

from sync.settings import load


def _mistake(good, wrong, monkeypatch, secret, written):
    monkeypatch.setenv("STEWARD_TEST_TOKEN", secret)
    (mistake,) = wrong(good.replace("token: a-token-of-the-team", f"token: {written}"))
    assert mistake.key == "trackers.pay.token"
    assert "hunter2" not in str(mistake)
    return mistake.message


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("\u201chunter2-abc\u201d", "a curly quote (U+201C)"),
        ("hunter2\u2019abc", "a curly quote (U+2019)"),
        ("\u201ehunter2-abc\u201c", "a curly quote (U+201E)"),
        ("\u00abhunter2-abc\u00bb", "a curly quote (U+00AB)"),
        ("hunter2\u00a0abc", "a special space (U+00A0)"),
        ("hunter2\u200babc", "an invisible character (U+200B)"),
        ("hunter2\nabc", "an invisible character (U+000A)"),
        ('"hunter2-abc"', "in quotes"),
        ("'hunter2-abc'", "in quotes"),
    ],
)
def test_what_a_copy_added_to_a_token_is_named_with_its_variable(good, wrong, monkeypatch, secret, words):
    message = _mistake(good, wrong, monkeypatch, secret, "${STEWARD_TEST_TOKEN}")
    assert words in message
    assert "${STEWARD_TEST_TOKEN}" in message


def test_a_password_may_have_any_letters(good, tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_TEST_TOKEN", "hünter2-пароль-密码")
    file = tmp_path / "steward.yaml"
    file.write_text(good.replace("a-token-of-the-team", "${STEWARD_TEST_TOKEN}"), encoding="utf-8")
    assert load(file).settings.trackers["pay"].token.get_secret_value() == "hünter2-пароль-密码"


def test_a_client_secret_is_resolved_like_a_token(good, tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_TEST_TOKEN", "hunter2")
    file = tmp_path / "steward.yaml"
    text = good.replace("token: a-token-of-the-team", "client_id: id-1\n    client_secret: ${STEWARD_TEST_TOKEN}")
    file.write_text(text, encoding="utf-8")
    assert load(file).settings.trackers["pay"].client_secret.get_secret_value() == "hunter2"


@pytest.fixture
def no_time_zones(monkeypatch):
    """A machine without time-zone data."""

    class Missing(zoneinfo.ZoneInfo):
        def __new__(cls, key):
            raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr("sync.settings.base.ZoneInfo", Missing)
    monkeypatch.setattr("sync.settings.base.available_timezones", set)


def test_missing_time_zone_data_is_named_with_the_remedy(good, wrong, no_time_zones):
    (mistake,) = wrong(good + "schedule: {timezone: Europe/Berlin}\n")
    assert mistake.key == "schedule.timezone"
    assert "no time-zone data" in mistake.message
    assert "pip install tzdata" in mistake.message


def test_utc_needs_no_time_zone_data(good, tmp_path, no_time_zones):
    from sync.run.schedule import make_scheduler  # noqa: PLC0415 - imports the scheduler

    (tmp_path / "steward.yaml").write_text(good + "schedule: {timezone: UTC}\n", encoding="utf-8")
    assert (
        make_scheduler(load(tmp_path / "steward.yaml").settings.schedule.timezone).timezone.utcoffset(None) is not None
    )
