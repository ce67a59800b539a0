"""Findings that ask the same are one question."""

from rules.model import Finding
from rules.questions import combine_questions
from rules.registry import all_rules


def finding(rule):
    return Finding(id=rule, tracker="t", item="1", key="T-1", rule=rule)


def combined(*rules):
    return [
        tuple(each.rule for each in question.findings)
        for question in combine_questions([finding(rule) for rule in rules])
    ]


def test_a_size_and_the_parts_that_the_words_name_are_one_question_about_the_parts():
    assert combined("oversized-story", "split-candidate") == [("split-candidate", "oversized-story")]


def test_different_questions_stay_apart_in_their_order():
    rules = ("missing-acceptance-criteria", "oversized-story", "an-own-rule")
    assert combined(*rules) == [(rule,) for rule in rules]


def test_a_chain_of_the_same_question_is_one():
    assert combined("aging-work", "carried-over", "oversized-story") == [
        ("aging-work", "carried-over", "oversized-story")
    ]


def test_only_the_first_of_several_findings_of_a_rule_takes_others_in():
    twice = [finding("split-candidate"), finding("split-candidate"), finding("oversized-story")]
    assert [len(question.findings) for question in combine_questions(twice)] == [2, 1]


def test_rules_name_rules_that_exist_and_never_each_other_in_a_circle():
    for name, rule in all_rules().items():
        assert set(rule.question_covered_by) <= all_rules().keys() - {name}
        assert combined(name, *rule.question_covered_by)[0][0] != name or not rule.question_covered_by
