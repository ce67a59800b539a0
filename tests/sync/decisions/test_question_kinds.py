"""Which kind of answer the question of a rule needs."""

from rules.registry import all_rules
from sync.decisions.question_kinds import QuestionKind, kind_of_question


def test_a_rule_asks_for_words_unless_it_is_about_a_split_a_place_or_whether_the_item_is_wanted():
    kinds = {rule: kind_of_question(rule) for rule in (*all_rules(), "a-rule-of-the-team")}
    assert kinds == dict.fromkeys(kinds, QuestionKind.TEXT) | {
        "blocked-by-later": QuestionKind.ORDER,
        "carried-over": QuestionKind.SPLIT,
        "oversized-story": QuestionKind.SPLIT,
        "score-order-inversion": QuestionKind.ORDER,
        "split-candidate": QuestionKind.SPLIT,
        "unranked-item": QuestionKind.ORDER,
        "untouched-item": QuestionKind.DECISION,
    }
