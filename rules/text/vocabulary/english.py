"""The words of English."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

ENGLISH = Vocabulary(
    criteria=phrases("""
        acceptance criteria, acceptance criterion, acceptance criterias, acceptance conditions, conditions of
        acceptance, conditions of satisfaction, satisfaction conditions, satisfaction criteria, definition of
        done, success criteria, exit criteria, completion criteria, done criteria, proposed criteria
    """),
    headings_only=phrases("""
        ac, acs, a/c, dod, cos, acceptance, criteria, acceptance tests, acceptance test, acceptance checks, done
        when, done means, done if, this is done when, it is done when, we are done when, how to demo, how to
        verify, how to test, test cases, test scenarios, scenarios, what done looks like, validation criteria,
        test criteria
    """),
    expected=phrases("""
        expected, expected result, expected results, expected behaviour, expected behavior, expected outcome,
        expected outcomes, expectation, expectations, what you expected, what i expected, what should happen,
        what did you expect, what you expect to see, desired behaviour, desired behavior
    """),
    steps=phrases("""
        steps, steps to reproduce, steps to repro, reproduce steps, reproduction steps, reproduction, repro,
        repro steps, to reproduce, how to reproduce, reproduce case, reproduce
    """),
    actual=phrases("""
        actual, actual result, actual results, actual behaviour, actual behavior, actual outcome, observed,
        observed behaviour, observed behavior, observed result, current behaviour, current behavior, what
        happens, what happened, what you see, what i see, result
    """),
    other_sections=phrases("""
        background, context, description, summary, narrative, user story, story, motivation, rationale, why,
        goal, value, note, notes, technical note, technical notes, technical comments, technical details,
        technical approach, developer notes, developer's notes, dev notes, implementation, implementation notes,
        implementation details, design notes, ux notes, additional information, additional info, more
        information, further information, assumptions, constraints, dependencies, risks, example, examples,
        example call, environment, workaround, temporary workaround, cause, symptoms, impact, proposal, proposed
        solution, solution, approach
    """),
    ignored_sections=phrases("""
        out of scope, not in scope, non-goals, non goals, won't do, open questions, questions, open points, pending
        issues, open issues, known issues, pending work, remaining work, to
        discuss, links, references, attachments, screenshots, mockups, designs, see also, related, sub-tasks,
        subtasks, tasks, todo, to do, todos, next steps, history, changelog, update
    """),
    placeholders=phrases("""
        tbd, tba, tbc, tbf, todo, to do, to-do, wip, n/a, n.a, na, not applicable, none, nothing, nil, null, empty,
        xxx, xx, x, test, to be defined, to be decided, to be determined, to be discussed, to be done, to be
        added, to be filled, to be filled in, to be confirmed, to be refined, to be specified, to be written,
        will be added, will follow, coming soon, later, pending, placeholder, in progress, fill me, fill in,
        fill this in, add here, add criteria here, add acceptance criteria here, add acceptance criteria, enter
        acceptance criteria, enter text here, enter text, insert text here, your text here, describe here, lorem
        ipsum, see above, see below, as above, same as above, see title, see summary, see description, as
        described, as described above, as discussed, self explanatory, self-explanatory, obvious, ok, yes, no,
        no idea, unknown, not known, not sure, no acceptance criteria, no criteria, dummy, asdf, criterion 1,
        criterion 2, criterion 3, criteria 1, criteria 2, criteria 3, item 1, item 2, item 3
    """),
    given=("given",),
    when=("when",),
    then=("then",),
    obligations=phrases("must, shall, should"),
    weak_obligations=phrases("has to, have to, needs to, need to, is required to, are required to, will"),
    effect_verbs=phrases("""
        result, cause, mean, make, increase, decrease, reduce, help, allow, enable, give, fail, require, need,
        generate, lead, ensure, become, avoid, break, throw, improve, go, test, grab, capture
    """),
    prohibitions=phrases("""
        cannot, can not, can't, mustn't, shouldn't, is not allowed, are not allowed, is not permitted,
        is refused, are refused, is rejected, are rejected, may only
    """),
    clause_openers=phrases("""
        which, when, where, because, as, while, so, it, that, who, what, you, they, i, we, one, to, and, there, if,
        anyone, may, might, would
    """),
    fillers=phrases(
        "just, probably, really, be, able, possible, to, not, also, only, always, then, now, still, all, for"
    ),
    observables=phrases("""
        is shown, are shown, is displayed, are displayed, is returned, are returned, is redirected, are
        redirected, is hidden, are hidden, is disabled, are disabled, is notified, are notified, is highlighted,
        are highlighted, is visible, are visible, returns, receives, sees, gets an, gets a
    """),
    bounds=phrases("""
        at most, at least, no more than, not more than, no less than, fewer than, less than, more than, within,
        up to, exactly, a maximum of, maximum of, a minimum of, under, every
    """),
    check_openings=phrases("""
        ensure, ensure that, make sure, make sure that, verify, verify that, confirm that, check that, assert
        that, validate that, guarantee that
    """),
    team_subjects=phrases("we, i, you, someone, somebody, team, developers, let's, story, ticket, issue, task, jira"),
    product_verbs=phrases("""
        support, provide, allow, return, display, show, set, throw, log, reject, refuse, prevent, ensure, make
        sure, close, send, store, offer, accept, ignore, hide, list, sort, filter, print, raise, respond,
        redirect, default, warn
    """),
    vague=phrases("""
        user-friendly, user friendly, friendly, fast, faster, quick, quickly, quicker, easy, easier, easily,
        simple, simpler, simply, straightforward, straight-forward, trivial, intuitive, flexible, robust,
        scalable, secure, efficient, efficiently, modern, appropriate, appropriately, better, best, good, nice,
        nicer, cool, great, clean, cleaner, clear, clearer, reasonable, sensible, consistent, useful, helpful,
        convenient, smooth, seamless, performant, maintainable, readable, generic, improved, optimal, optimized,
        adequate, enough, sufficient, fine, possible, properly, correctly, small, minimal, obvious, interesting,
        beautiful, attractive, powerful, elegant, reliable, stable, responsive, more, very, much, really, quite,
        pretty, work, works, well, fun, worth, able, successfully, normally, fully, the case
    """),
    task_verbs=phrases("""
        investigate, investigated, consider, considered, reconsider, think, look, discuss, discussed, decide,
        decided, review, reviewed, refactor, refactored, rework, reworked, revisit, revisited, rewrite,
        rewritten, improve, improved, enhance, enhanced, fix, fixed, address, addressed, handle, handled,
        resolve, resolved, clean, cleaned, explore, explored, evaluate, evaluated, research, researched,
        document, documented, update, updated, upgrade, upgraded, migrate, migrated, move, moved, implement,
        implemented, start, try, work, be done, done, talk, wait, help, know, note, noted, mention, mentioned,
        split, ask, clarify, clarified, add, added, create, created, change, changed, rename, renamed, remove,
        removed, replace, replaced, extract, extracted
    """),
    hedges=phrases("""
        i think, i guess, i believe, i suppose, i assume, i wonder, i feel, i'm not sure, not sure, unsure,
        maybe, perhaps, might, could be, would be nice, would be good, would be great, would be useful, would be
        helpful, would help, would like, it seems, seems, imo, imho, in my opinion, possibly, hopefully,
        presumably, my guess, we could, one could, should have been, should've, should already, should i, should
        we, should you, if you, you should, you must, supposed to, whether, wondering, unclear, open question,
        thoughts, if possible, nice to have, may want to, than it should, as it should, than they should, not
        saying
    """),
    current_state=phrases("""
        currently, at the moment, right now, presently, as of now, nowadays, unfortunately, today, already, so
        far, noticed, i found, i tried, i saw, i see, i get, i can, i cannot, i was, i did, i have, observed,
        reported, tested, fails, failing, failed, fail, broken, breaks, bug, regression, error, errors,
        exception, exceptions, crash, crashes, wrong, wrongly, incorrect, incorrectly, problem, problems,
        doesn't, does not, don't, isn't, didn't, won't, wasn't, was, were, workaround, because, since, due to,
        despite, although, even though, however, but, instead of, appears, caused, causes, issue, no way to,
        stack trace, tried, stuck
    """),
    wish_openings=phrases("""
        as a, as an, as the, i want, i would like, i'd like, we want, we would like, we'd like, i need, we need,
        so that, in order to, it would be, would be, it'd be, want to
    """),
    stop_words=phrases("""
        the, a, an, and, or, but, not, no, of, to, in, on, at, for, from, by, with, as, is, are, be, been, it,
        its, this, that, these, those, there, here, then, than, so, if, when, also, just, only, all, any, each,
        some, such, should, must, shall, will, would, can, could, may, has, have, had, do, does, need, needs,
        into, via, per, using, use, used, we, i, you, they, he, she, our, your, their, which, who, what, where,
        how, why, now, new, able, add, get, make, like, want, other, more, very, too, one, same, within,
        without, about, over, under, after, before, up, out, am, instead, please, allow, allows, support, user,
        users
    """),
    spike_names=phrases(
        "spike, research, investigation, investigate, research spike, technical spike, exploration, poc"
    ),
    time_limits=phrases("""
        time-box, timebox, time box, time-boxed, timeboxed, time boxed, at most, no more than, no longer than,
        max, maximum, up to, within, limited to, time limit
    """),
    questions=phrases("""
        question, questions, questions to answer, find out, decide whether, decide if, decide which, determine
        whether, determine if, learn whether, we want to know, we need to know, goal of this spike, to be
        answered, answer to
    """),
)
