"""What is said about the quality of rules is what was read, and only rules that were read are on."""

import runpy

import pytest


@pytest.fixture(scope="module")
def printed(repository):
    return "\n".join(runpy.run_path(str(repository / "benchmarks" / "findings_read.py"))["table"]())


def test_the_page_prints_what_was_read(repository, printed):
    assert printed in (repository / "docs" / "rule-quality.md").read_text(encoding="utf-8"), "run `make docs`"


def test_a_rule_is_on_only_where_four_in_five_findings_were_wanted(printed):
    for line in printed.splitlines()[2:]:
        _, rule, *counts, _share, _kappa, _where, on, _ = (cell.strip() for cell in line.split("|"))
        read, wanted, read_again, wanted_again = map(int, counts)
        if on != "none":
            assert read, f"{rule} is on in {on} and was not read"
            assert wanted / read >= 0.8, f"{rule} is on in {on}"
            assert (wanted + wanted_again) / (read + read_again) >= 0.8, f"{rule} is on in {on}"
