"""The word lists by which the rules recognise the parts of an item's text, such as acceptance criteria."""

from typing import Literal, NamedTuple

Language = Literal["en", "de", "fr", "es", "nl", "pt", "it", "pl", "ja", "zh"]
"""A supported language, by its ISO 639-1 code."""


class Vocabulary(NamedTuple):
    """The word lists of one language.

    Acceptance criteria say when an item is done. A promise says that somebody will write them later; a pointer says
    that they are in another place. An obligation states a requirement on the product.

    Attributes:
        criteria: Names of sections with acceptance criteria. Recognised even in mid-line if a colon follows.
        headings_only: Further names of such sections. Recognised only as a whole line, or at the start of one
            before a colon.
        qualifiers: Words that may stand beside such a name, such as "user" in "user acceptance criteria".
        done_when: Beginnings of sentences that say when an item is done, such as "done when".
        expected, steps, actual: Names of the three sections of a bug report.
        other_sections: Names of all other common sections, such as "background". They end a section with criteria.
        ignored_sections: Names of sections that never contain criteria, such as "out of scope".
        placeholders: Phrases that stand for missing content, such as "tbd".
        template_instructions: Beginnings of the instructions in a template, such as "please describe".
        promises: Phrases that promise criteria later, such as "will be added".
        to_do_patterns: Promises of two words, of which the second has a certain ending: "à *ir" for "à définir" in
            French.
        promise_endings: Endings of promises, in languages without spaces between words.
        routine_words: Words about steps that every item of a team takes, such as "reviewed". A checklist of only such
            steps states nothing about the item.
        authoring_words: Words about who writes the criteria and when, as in "PO will add details after refinement".
            A promise contains few other words.
        pointers: Beginnings of pointers, such as "see".
        pointer_endings: Endings of pointers, in languages without spaces between words.
        pointer_targets: Places that pointers name, such as "wiki".
        given, when, then: Words that begin the three parts of a scenario: the condition, the action and the result.
        narrative_words: Words that are common in stories about past events. A scenario with two of them counts as
            prose.
        obligations: Words that state a requirement, such as "must".
        weak_obligations: Words that state a requirement only after an explicit subject. "The pump has to stop" is a
            requirement, "which need to be installed" is not.
        effect_verbs: Verbs that, after a weak obligation, describe the benefit of a change rather than the change, such
            as "improve" in "will improve the speed".
        prohibitions: Phrases that forbid something, such as "is not allowed".
        clause_openers: Words that begin a subordinate clause, and pronouns, such as "because" and "you". An obligation
            after them is not about the product.
        fillers: Words without content after an obligation, such as "also".
        observables: Words for observable behaviour, such as "is shown".
        bounds: Words that set a limit if a number follows, such as "at most".
        check_openings: Beginnings of sentences that describe a check, such as "make sure that".
        team_subjects: Subjects of sentences about the team's work, such as "we".
        product_verbs: Verbs that make a sentence with such a subject about the product nevertheless, such as "support".
        vague_terms: Words for qualities that cannot be checked, such as "user-friendly".
        task_verbs: Verbs and participles for work rather than results, such as "investigate".
        hedges: Words that express uncertainty, such as "maybe".
        current_state: Words that describe the present state, usually a problem, such as "currently".
        wish_openings: Beginnings of a user story or wish, such as "as a".
        stop_words: Words without content, such as articles.
        spike_names: Names of item types, and beginnings of titles before a colon or bracket, for an investigation.
        spike_openings: Beginnings of titles that mean an investigation without such punctuation, such as "spike to".
        chores: Verbs of chores, which are items whose title says when they are done: "remove" in "Remove module Z".
        time_limits: Words that limit the time of an investigation, such as "time-box".
        questions: Words that introduce a question without a question mark, such as "find out".
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
    template_instructions: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    to_do_patterns: tuple[str, ...] = ()
    promise_endings: tuple[str, ...] = ()
    routine_words: tuple[str, ...] = ()
    authoring_words: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    pointer_endings: tuple[str, ...] = ()
    pointer_targets: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    narrative_words: tuple[str, ...] = ()
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
    vague_terms: tuple[str, ...] = ()
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
    """Split a comma-separated list of phrases. It may span several lines."""
    return tuple(phrase for part in " ".join(text.split()).split(",") if (phrase := part.strip()))
