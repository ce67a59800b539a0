"""What is known of a language."""

from typing import Literal, NamedTuple

Language = Literal["en", "de", "fr", "es", "nl", "pt", "it"]
"""A language whose words are known, by its ISO 639-1 code."""


class Words(NamedTuple):
    """What is looked for in one language.

    Attributes:
        criteria: Names of a section that says when an item is done. Good even in the middle of a line, before a colon.
        headings_only: Names of such a section that mean it only when they stand alone or before a colon.
        expected, steps, actual: Names of the three parts of a bug report.
        elsewhere: Names of sections that hold something else, and so end the one before them.
        asides: Names of sections whose content never says when an item is done.
        placeholders: What people type when they have nothing to say yet.
        given, when, then: Scenario words.
        obliged: Words that bind the product to something.
        needed: Words that do so only behind a subject of their own: "which need to be installed" does not.
        effects: Verbs that, behind those, tell what a change brings and not what it is.
        forbidden: Words that rule something out.
        clauses: Words that open a clause or stand for somebody: what follows is not the product's own sentence.
        leading: Words between an obligation and what it is about.
        shown: Words for what can be watched happening.
        bounds: Words that, before a number, set a limit.
        ensure: Words that open a sentence about a check.
        team: Subjects that make a sentence one about the team's work.
        behaviour: Verbs that make a sentence about the team's work one about the product after all.
        vague: Words that nobody can check.
        chores: Verbs and participles of work, not of an outcome.
        unsure: Words of somebody who is still thinking.
        today: Words that describe how things are, mostly what is wrong with them.
        wishes: Openings of a user story's own sentence.
        small: Words that carry no content.
        spikes: Types and title openings of an investigation.
        limits: Words that set a time limit to an investigation.
        find_out: Words that put a question without a question mark.
    """

    criteria: tuple[str, ...]
    headings_only: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    actual: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    obliged: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    ensure: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    behaviour: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    chores: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    today: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    spikes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    find_out: tuple[str, ...] = ()


def listed(text: str) -> tuple[str, ...]:
    """Phrases separated by commas, over as many lines as they need."""
    return tuple(phrase for part in " ".join(text.split()).split(",") if (phrase := part.strip()))
