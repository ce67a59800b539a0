"""The words of one language by which text is recognised."""

from typing import Literal, NamedTuple

Language = Literal["en", "de", "fr", "es", "nl", "pt", "it", "pl", "ja", "zh"]
"""A supported language, by its ISO 639-1 code."""


class Vocabulary(NamedTuple):
    """The word lists of one language.

    Attributes:
        criteria: Names of a section that says when an item is done. Good even in the middle of a line, before a colon.
        headings_only: Names of such a section that mean it only when they stand alone or before a colon.
        qualifiers: Words that may stand beside such a name: "user acceptance criteria".
        done_when: Openings of a sentence that says when an item is done.
        expected, steps, actual: Names of the three parts of a bug report.
        other_sections: Names of sections that hold something else, and so end the one before them.
        ignored_sections: Names of sections whose content never says when an item is done.
        placeholders: What people type when they have nothing to say yet.
        help_openings: How a template's own instructions begin.
        promises: What is said instead of criteria by somebody who will write them later.
        to_do: How "to be done" is put, as a word and the ending of the next one: "à *er".
        promise_endings: The same, where it stands at the end.
        actors: Who will write them.
        meta_words: Words about criteria and about the team's meetings; a promise consists of little else.
        pointers: How a line begins that points to another place.
        pointer_endings: The same, where it stands at the end.
        pointer_targets: What such a line points to.
        given, when, then: Scenario words.
        narrative: Words of somebody who tells a story. Two of them make a scenario a piece of prose.
        obligations: Words that bind the product to something.
        weak_obligations: Words that do so only behind a subject of their own: "which need to be installed" does not.
        effect_verbs: Verbs that, behind those, tell what a change brings and not what it is.
        prohibitions: Words that rule something out.
        clause_openers: Words that open a clause or stand for somebody: what follows is not the product's own sentence.
        fillers: Words between an obligation and what it is about.
        observables: Words for what can be watched happening.
        bounds: Words that, before a number, set a limit.
        check_openings: Words that open a sentence about a check.
        team_subjects: Subjects that make a sentence one about the team's work.
        product_verbs: Verbs that make a sentence about the team's work one about the product after all.
        vague: Words that nobody can check.
        task_verbs: Verbs and participles of work, not of an outcome.
        hedges: Words of somebody who is still thinking.
        current_state: Words that describe how things are, mostly what is wrong with them.
        wish_openings: Openings of a user story's own sentence.
        stop_words: Words that carry no content.
        spike_names: Types and title openings of an investigation.
        spike_openings: Title openings that mean one without a mark behind them.
        chores: Verbs that make a title its own criterion: "Remove module Z".
        time_limits: Words that set a time limit to an investigation.
        questions: Words that put a question without a question mark.
    """

    criteria: tuple[str, ...]
    headings_only: tuple[str, ...] = ()
    qualifiers: tuple[str, ...] = ()
    done_when: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    actual: tuple[str, ...] = ()
    other_sections: tuple[str, ...] = ()
    ignored_sections: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    help_openings: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    promise_endings: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    meta_words: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    pointer_endings: tuple[str, ...] = ()
    pointer_targets: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    narrative: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    weak_obligations: tuple[str, ...] = ()
    effect_verbs: tuple[str, ...] = ()
    prohibitions: tuple[str, ...] = ()
    clause_openers: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    observables: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    check_openings: tuple[str, ...] = ()
    team_subjects: tuple[str, ...] = ()
    product_verbs: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    task_verbs: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    current_state: tuple[str, ...] = ()
    wish_openings: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    spike_names: tuple[str, ...] = ()
    spike_openings: tuple[str, ...] = ()
    chores: tuple[str, ...] = ()
    time_limits: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


def phrases(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of phrases that may span several lines."""
    return tuple(phrase for part in " ".join(text.split()).split(",") if (phrase := part.strip()))
