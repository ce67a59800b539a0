"""How often a rule was called wrong: what people said against it, and nothing else."""

from rules.registry import all_rules
from sync.decisions.command_parser import parse_command
from sync.decisions.commands_to_decisions import make_decision
from sync.decisions.rule_feedback import count_feedback
from sync.store import decisions

RULE, OTHER = "missing-acceptance-criteria", "oversized-story"


def test_only_what_was_said_about_a_rule_or_about_all_that_it_flagged_counts_against_it(desk, clock):
    before = clock()
    desk.pull()
    clock.advance(days=1)
    told = [
        ("PAY-1", f"wrong {RULE}", clock()),
        ("PAY-1", "wrong because all of it was found just now", before),
        ("PAY-3", "wrong because it is nonsense", clock()),
        ("PAY-2", f"wrong {RULE} because it should have been flagged", clock()),
        ("PAY-2", "wrong because nothing was flagged here", clock()),
        ("PAY-4", "wrong because it is early", before.replace(year=before.year - 1)),
        ("PAY-4", f"wrong {OTHER}", clock()),
        ("PAY-4", f"waive {RULE}", clock()),
    ]
    with desk.database.writing() as transaction:
        for key, words, at in told:
            command = parse_command(words, all_rules().keys(), at)
            one = make_decision(desk.item(key), command, at=at, source="reply", identity=words)
            assert decisions.add(transaction, [one]) == 1
    with desk.database.reading() as transaction:
        counted = count_feedback(transaction, ["team"], RULE)
        assert (counted.times, counted.items, counted.flagged) == (4, 3, 4)
        assert counted.line == "Called wrong 4 times, on 3 of the 4 items it has flagged so far."
        assert (
            count_feedback(transaction, ["team"], OTHER).line
            == "Called wrong once, on 1 of the 1 items it has flagged so far."
        )
        assert count_feedback(transaction, [], RULE).line == "Never called wrong (flagged 3 items so far)."
