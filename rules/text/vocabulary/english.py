"""The word lists of English. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

ENGLISH = Vocabulary(
    criteria=phrases("""
        acceptance criteria, acceptance tests and criteria, acceptance criterion, acceptance criterias, acceptance
        conditions, conditions of acceptance, criteria for acceptance, criteria of acceptance, conditions of
        satisfaction, satisfaction conditions, satisfaction criteria, definition of done, success criteria, exit
        criteria, completion criteria, done criteria, proposed criteria, acceptance requirements, acc criteria, acc.
        criteria, accept criteria, acceptance crit, acceptance scenarios, acceptance scenario
    """),
    headings_only=phrases("""
        ready for release when, non-functional requirements, nonfunctional requirements, nfrs, we accept this if, we
        accept this when, we accept this story if, we accept this story when, ac, acs, a/c, a.c, ac's, dod, cos,
        acceptance, criteria, acceptance tests, acceptance test, acceptance checks, accepted when, accepted if, done
        when, done means, done if, this is done when, it is done when, we are done when, we're done when, how to demo,
        how to verify, how to test, test cases, test scenarios, scenarios, what done looks like, validation criteria,
        test criteria, verification criteria, checklist for acceptance, acceptance checklist, acceptance scenarios,
        criterion, accept when, accept if, how will we know we are done, how will we know we're done, how do we know we
        are done, how do we know we're done, how do we know it is done, how do we know it's done, what does done look
        like, when is this done, when is it done, when are we done, verification, validation, test plan, confirmation,
        success looks like, requirements, business requirements, functional requirements, business rules, rules, must
        have, must haves, must-haves, deliverables, must be true, what must be true, how can we test this, how can we
        check this, how do we test this, how do we verify this
    """),
    qualifiers=phrases("""
        user, users, story, key, main, draft, proposed, suggested, initial, additional, further, updated, revised, new,
        final, preliminary, functional, non-functional, nonfunctional, business, technical, product, feature, customer,
        general, basic, core, minimum, minimal, mvp, high-level, detailed, specific, formal, our, the, my, some,
        possible, list, section, checklist, tests, test, testing, scenarios, requirements, requirement, notes, details,
        design, scope, goals, goal, uat, qa, po, and, or, with, version, v1, v2, wip, only, optional, are, is, as,
        follows, following, apply, applies, below, these, include, includes, nfr, nfrs, dod, ux, ui, must, should
    """),
    done_when=phrases("""
        this ticket can be closed when, this can be closed when, this story can be closed when, the ticket can be closed
        when, done if, story is done when, story is done if, the story is done if, the story is done when, this is done
        if, it is done if, it is done when, it's done if, it's done when, we accept this story if, we accept this story
        when, we know we are done when, we know we're done when, accepted when, story is accepted when, ready when,
        accepted if, finished when, complete when, complete once, done once, is complete when, is complete once, this is
        complete when, this is complete once, this is done once, we are finished when, we are finished once, we're
        finished when, we are done once, this is finished when, the story is complete when, the story is finished when,
        story is complete when, done when, done means, this is done when, this story is done when, we are done when,
        we're done when, we will know we are done when, we know this is done when, completed when, this is accepted
        when, the story is accepted when, can be accepted when, this can be accepted when, can be closed when, accept
        when, accept if, the story is accepted if, this is accepted if, this story is accepted when, this story is
        complete when, this ticket is done when, the ticket is done when, this task is done when, the task is done when,
        we accept this when, we accept this if, we can close this when, success looks like
    """),
    expected=phrases("""
        expected, expected result, expected results, expected behaviour, expected behavior, expected outcome, expected
        outcomes, expectation, expectations, what you expected, what i expected, what should happen, what did you
        expect, what you expect to see, desired behaviour, desired behavior
    """),
    steps=phrases("""
        steps, steps to reproduce, steps to repro, reproduce steps, reproduction steps, reproduction, repro, repro
        steps, to reproduce, how to reproduce, reproduce case, reproduce, test steps, testing steps, steps to test
    """),
    actual=phrases("""
        actual, actual result, actual results, actual behaviour, actual behavior, actual outcome, observed, observed
        behaviour, observed behavior, observed result, current behaviour, current behavior, what happens, what
        happened, what you see, what i see, result
    """),
    other_sections=phrases("""
        background, context, description, summary, narrative, user story, story, motivation, rationale, why, goal,
        value, note, notes, technical note, technical notes, technical comments, technical details, technical
        approach, developer notes, developer's notes, dev notes, implementation, implementation notes, implementation
        details, design notes, ux notes, additional information, additional info, more information, further
        information, assumptions, constraints, dependencies, risks, example, examples, example call, environment,
        workaround, temporary workaround, cause, symptoms, impact, proposal, proposed solution, solution, approach
    """),
    ignored_sections=phrases("""
        out of scope, not in scope, non-goals, non goals, won't do, open questions, questions, open points, pending
        issues, open issues, known issues, pending work, remaining work, to discuss, links, references, attachments,
        screenshots, mockups, designs, see also, related, sub-tasks, subtasks, tasks, todo, to do, todos, next steps,
        history, changelog, update
    """),
    placeholders=phrases("""
        blank, blank for now, ac goes here, acs go here, criteria go here, acceptance criteria go here, text goes here,
        none defined, none for now, tbd, tba, tbc, tbf, t.b.d, t.b.a, t.b.c, todo, to do, to-do, wip, under
        construction, draft, under development, n/a, n.a, na, not applicable, none, nothing, nil, null, empty, xxx, xx,
        x, test, to be defined, to be decided, to be determined, to be discussed, to be done, to be added, to be filled,
        to be filled in, to be confirmed, to be refined, to be specified, to be written, will be added, will follow,
        coming soon, later, pending, placeholder, in progress, fill me, fill in, fill this in, add here, add criteria
        here, add acceptance criteria here, add acceptance criteria, enter acceptance criteria, enter text here, enter
        text, insert text here, your text here, describe here, lorem ipsum, see above, see below, as above, same as
        above, see title, see summary, see description, as described, as described above, as discussed, self
        explanatory, self-explanatory, obvious, ok, yes, no, no idea, unknown, not known, not sure, no acceptance
        criteria, no criteria, dummy, asdf, criterion 1, criterion, criteria, item, acceptance criterion, acceptance
        criteria, condition, requirement, scenario, bullet, point, first criterion, second criterion, first, second,
        third, another, another one, and so on, etc, more, same, standard, standard dod, usual, the usual, as usual, as
        agreed, agreed, done, open, text, description, not applicable here, not needed, not required, not available, not
        yet, none yet, none so far, nothing yet, no idea yet, asap, on hold, blocked, deferred, postponed
    """),
    template_instructions=phrases("""
        a clear and concise description, steps to reproduce the behavior, steps to reproduce the behaviour, use the
        smart, please describe, please add, please list, please provide, please enter, please specify, please fill,
        please write, please define, please use, please include, please replace, please state, please complete, describe
        here, describe how, describe what, describe the conditions, describe the criteria, describe the acceptance,
        describe your, enter the acceptance, enter acceptance, enter your, enter criteria, enter text, add the
        acceptance, add acceptance, add your, add criteria, add bullet, add details here, list the acceptance, list
        acceptance, list your, list the conditions, list the criteria, list all conditions, list here, write the
        acceptance, write acceptance, write your, define the acceptance, define acceptance, define your, specify the
        acceptance, specify acceptance, provide the acceptance, provide acceptance, provide a list of, fill in, fill
        out, fill this, insert, replace this, replace with, use this section, use this field, use this template, use the
        format, use the following format, use given, this section, this field, this template, delete this, remove this
        line, remove this text, click to, click here to, type here, start typing, your criteria here, how can we check,
        how do we check, how will we know, how do we know, what has to be true, what must be true, what needs to be
        true, outline the, state the conditions, explain how, explain what, use given/when/then, given/when/then, use
        bdd, use gherkin, written in, format
    """),
    promises=(
        *(
            f"{will} {verb}"
            for will in phrases("to, will, should, must, needs to, need to, has to, is going to, please, let's")
            for verb in phrases("""
                add, define, write, provide, clarify, complete, fill, refine, specify, update, detail, describe,
                deliver, supply, draft, list, discuss, confirm, decide, follow, be added, be defined, be written, be
                provided, be clarified, be completed, be filled, be refined, be specified, be updated, be detailed, be
                described, be discussed, be confirmed, be decided, be determined, be done, be agreed, be supplied, be
                listed, be drafted
            """)
        ),
        *phrases("""
            in refinement, in grooming, under refinement, under discussion, after refinement, during refinement, before
            planning, in planning, none yet, none so far, nothing yet, nothing so far, not yet, not defined, not
            written, not specified, not known, no acceptance criteria, no criteria, no ac, no acs, pending, awaiting,
            not applicable, waiting for, waiting on, still open, still missing, missing, coming, follows, added later,
            later, work in progress, wip, needs refinement, needs discussion, needs definition, needs input, needs more,
            ask, tbd, tba, tbc, todo
        """),
    ),
    routine_words=phrases("""
        main, master, develop, trunk, reviewed, review, reviews, frontend, front-end, backend, back-end, database,
        design, designs, qa, ux, refinement, development, code, coded, coding, implementation, implemented, unit,
        integration, e2e, regression, smoke, test, tests, tested, testing, automated, manual, cases, pass, passes,
        passed, passing, green, succeed, coverage, sonar, lint, linter, linting, documentation, docs, documented,
        document, readme, changelog, release, notes, deploy, deployed, deployment, staging, environment, environments,
        production, prod, merge, merged, branch, pr, prs, mr, pull, request, requests, approved, approval, build,
        builds, pipeline, pipelines, ci, cd, estimate, estimated, pointed, sized, dependencies, dependency, identified,
        assigned, demo, demoed, demonstrated, showcased, signed, sign-off, signoff, accepted, refactored, committed,
        pushed, static, analysis, quality, gate, bugs, critical, blocker, blockers, open, peer, standards, guidelines,
        written, updated, done, complete, created
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, ui, dev, devs, team, we, i, you, they, it, architect, owner, product, analyst, designer,
        tester, testers, someone, somebody, lead, business, stakeholders, stakeholder, manager, developers, developer,
        customer, client, sm, scrum, master, legal, support, engineering, marketing, sales, finance, hr, ops, security,
        compliance, vendor, supplier, partner, everyone, nobody, editor, author, reporter, assignee, reviewer, approver,
        contact, person, amigos, three, these, deliver, delivers, delivered, tonight, outcome, spikes, estimate,
        criteria, criterion, ac, acs, acceptance, details, detail, more, info, information, input, later, soon,
        refinement, refinements, grooming, planning, workshop, sprint, next, first, story, ticket, item, definition,
        once, discussion, meeting, session, spec, specs, requirements, estimation, kickoff, kick-off, start, started,
        development, design, further, today, tomorrow, week, mon, tue, wed, thu, fri, knows, monday, tuesday, wednesday,
        thursday, friday, defined, agreed, clear, known, still, needed, final, finalized, ready, also, yet, everything,
        something, properly, accordingly, available, asap, please, add, added, adding, define, write, written, writing,
        provide, provided, clarify, clarified, complete, completed, fill, filled, refine, refined, specify, specified,
        update, updated, detailed, describe, described, discuss, discussed, discussing, confirm, confirmed, decide,
        decided, determine, determined, agree, agreement, supply, draft, drafted, review, reviewed, think, thought,
        talk, talking, ask, asked, come, comes, coming, follow, follows, following, send, sent, copy, copied, waiting,
        wait, pending, idea, ideas, sure, not, none, nothing, now, moment, time, together, standup, stand-up, retro,
        holiday, vacation, back, done, need, needs, help, who, saturday, sunday, january, february, march, april, june,
        july, august, september, october, november, december, jan, feb, mar, apr, jun, jul, aug, sep, sept, oct, nov,
        dec, eod, eow, tbd, tba, tbc, todo, wip, same, standard, usual, only, technical, task, spike, chore, document,
        documented, listed, captured, found, based, depends, depending, parent's, idem, section, chapter, previous,
        other, refer, see, check, look, attached, spec'd, let's, we'll, i'll, they'll, he'll, she'll, can't, don't,
        haven't, isn't, aren't, them, during, before, after, until, by, at, up, out, with, here, there, will, would,
        should, be, been, being, to, in, on, of, for, from, and, or, the, a, an, as, if, so, me, my, our, your, thanks,
        maybe, probably
    """),
    pointers=phrases("""
        see, see also, refer to, please see, please refer to, as per, per, cf, compare, check, consult, look at, same
        as, like in, as in, as described in, as defined in, as specified in, as discussed in, as agreed in, as
        documented in, as shown in, described in, described on, documented in, documented on, defined in, defined on,
        listed in, listed on, specified in, captured in, captured on, tracked in, found in, found on, can be found in,
        can be found on, available in, available on, available at, details in, details on, attached, linked, according
        to, taken from, copied from, is in, are in, is on, are on, in the, on the, inherited from
    """),
    pointer_targets=phrases("""
        epic, wiki, confluence, sharepoint, attachment, attachments, attached, document, documents, documentation, doc,
        docs, design, designs, figma, miro, mockup, mockups, mock-up, mock-ups, mock, wireframe, wireframes, screenshot,
        screenshots, spec, specs, specification, ticket, story, issue, parent, feature, page, link, links, linked,
        comment, comments, sheet, spreadsheet, excel, google, drive, pdf, board, prd, rfc, adr, jira, github, gitlab,
        slack, email, mail, thread, presentation, slides, deck, diagram, contract, onenote, notion, readme, repo,
        repository, subtask, subtasks, sub-tasks, bug, test, tests, testrail, zephyr, xray, confluence's, above, below,
        description, title, summary, file, folder, whiteboard, minutes, notes, ac, channel, recording, video, call
    """),
    given=("given",),
    when=("when",),
    then=("then",),
    narrative_words=phrases("""
        we, our, us, was, were, had, did, been, yesterday, tomorrow, today, last, ago, probably, maybe, think,
        thought, decided, looked, asked, talked, noticed, restarted, realized, tried, went, came, said, told, since,
        because, team, deadline, recently, already, released, happened, urgent
    """),
    obligations=phrases("must, shall, should"),
    weak_obligations=phrases("has to, have to, needs to, need to, is required to, are required to, will"),
    effect_verbs=phrases("""
        result, cause, mean, make, increase, decrease, reduce, help, allow, enable, give, fail, require, need,
        generate, lead, ensure, become, avoid, break, throw, improve, go, test, grab, capture
    """),
    prohibitions=phrases("""
        mustn't, shouldn't, is not allowed, are not allowed, is not permitted, is refused, are refused, is rejected,
        are rejected, may only, cannot, can not, can't
    """),
    clause_openers=phrases("""
        which, when, where, because, as, while, so, it, that, who, what, you, they, i, we, one, to, and, there, if,
        anyone, may, might, would
    """),
    fillers=phrases("""
        just, probably, really, be, able, possible, to, not, also, only, always, then, now, still, all, for
    """),
    observables=phrases("""
        is shown, are shown, is displayed, are displayed, is returned, are returned, is redirected, are redirected, is
        hidden, are hidden, is disabled, are disabled, is notified, are notified, is highlighted, are highlighted, is
        visible, are visible, returns, receives, sees, gets an, gets a
    """),
    bounds=phrases("""
        at most, at least, no more than, not more than, no less than, fewer than, less than, more than, within, up to,
        exactly, a maximum of, maximum of, a minimum of, under, every
    """),
    check_openings=phrases("""
        ensure, ensure that, make sure, make sure that, verify, verify that, confirm that, check that, assert that,
        validate that, guarantee that
    """),
    team_subjects=phrases("we, i, you, someone, somebody, team, developers, let's, story, ticket, issue, task, jira"),
    product_verbs=phrases("""
        support, provide, allow, return, display, show, set, throw, log, reject, refuse, prevent, ensure, make sure,
        close, send, store, offer, accept, ignore, hide, list, sort, filter, print, raise, respond, redirect, default,
        warn
    """),
    vague_terms=phrases("""
        user-friendly, user friendly, friendly, fast, faster, quick, quickly, quicker, easy, easier, easily, simple,
        simpler, simply, straightforward, straight-forward, trivial, intuitive, flexible, robust, scalable, secure,
        efficient, efficiently, modern, appropriate, appropriately, better, best, good, nice, nicer, cool, great,
        clean, cleaner, clear, clearer, reasonable, sensible, consistent, useful, helpful, convenient, smooth,
        seamless, performant, maintainable, readable, generic, improved, optimal, optimized, adequate, enough,
        sufficient, fine, possible, properly, correctly, small, minimal, obvious, interesting, beautiful, attractive,
        powerful, elegant, reliable, stable, responsive, more, very, much, really, quite, pretty, work, works, well,
        fun, worth, able, happy, satisfied, pleased, successfully, normally, fully, the case
    """),
    task_verbs=phrases("""
        investigate, investigated, consider, considered, reconsider, think, look, discuss, discussed, decide, decided,
        review, reviewed, refactor, refactored, rework, reworked, revisit, revisited, rewrite, rewritten, improve,
        improved, enhance, enhanced, fix, fixed, address, addressed, handle, handled, resolve, resolved, clean, cleaned,
        explore, explored, evaluate, evaluated, research, researched, document, documented, update, updated, upgrade,
        upgraded, migrate, migrated, move, moved, implement, implemented, start, try, work, done, talk, wait, help,
        know, note, noted, mention, mentioned, split, ask, clarify, clarified, add, added, create, created, change,
        changed, rename, renamed, remove, removed, replace, replaced, extract, extracted, become, becomes, learn,
        reconciled, reconcile, backported, backport, switch, go, exist, test, tested, verify, verified, run, check,
        checked, continue, finish, complete, finished, completed, remember, happen, impact
    """),
    hedges=phrases("""
        i think, i guess, i believe, i suppose, i assume, i wonder, i feel, i'm not sure, not sure, unsure, maybe,
        perhaps, might, could be, would be nice, would be good, would be great, would be useful, would be helpful,
        would help, would like, it seems, seems, imo, imho, in my opinion, possibly, hopefully, presumably, my guess,
        we could, one could, should have been, should've, should already, should i, should we, should you, if you, you
        should, you must, supposed to, whether, wondering, unclear, open question, thoughts, if possible, nice to
        have, may want to, than it should, as it should, than they should, not saying, rather, in most cases, most
        likely, certainly, unexpectedly, no need, must already, must have been, must be because, will certainly, will
        impact, good enough, manually, first of all, q
    """),
    current_state=phrases("""
        currently, at the moment, right now, presently, as of now, nowadays, unfortunately, today, already, so far,
        noticed, i found, i tried, i saw, i see, i get, i can, i cannot, i was, i did, i have, observed, reported,
        tested, fails, failing, failed, fail, broken, breaks, bug, regression, error, errors, exception, exceptions,
        crash, crashes, wrong, wrongly, incorrect, incorrectly, problem, problems, doesn't, does not, don't, isn't,
        didn't, won't, wasn't, was, were, workaround, because, since, due to, despite, although, even though, however,
        but, instead of, appears, caused, causes, issue, no way to, stack trace, tried, stuck
    """),
    wish_openings=phrases("""
        as a, as an, as the, i want, i would like, i'd like, we want, we would like, we'd like, i need, we need, so
        that, in order to, it would be, would be, it'd be, want to
    """),
    stop_words=phrases("""
        the, a, an, and, or, but, not, no, of, to, in, on, at, for, from, by, with, as, is, are, be, been, it, its,
        this, that, these, those, there, here, then, than, so, if, when, also, just, only, all, any, each, some, such,
        should, must, shall, will, would, can, could, may, has, have, had, do, does, need, needs, into, via, per,
        using, use, used, we, i, you, they, he, she, our, your, their, which, who, what, where, how, why, now, new,
        able, add, get, make, like, want, other, more, very, too, one, same, within, without, about, over, under,
        after, before, up, out, am, instead, please, allow, allows, support, user, users
    """),
    spike_names=phrases(
        "spike, research, investigation, technical investigation, investigate, research spike, technical spike, design "
        "spike, exploration, analysis, study, feasibility, feasibility study, poc, "
        "proof of concept, discovery, timebox, time-box"
    ),
    spike_openings=phrases("""
        assess impact, assess the impact, assess whether, root cause analysis, analyse root cause, analyze root cause,
        analyse the root cause, analyze the root cause, spike to, spike on, spike for, spike into, spike out, spike
        about, spike how, spike whether, spike if, spike which, spike what, spike a, spike the, spike an, spike new,
        spike using, technical spike, tech spike, research spike, design spike, investigate, investigation into,
        investigation of, investigation on, investigating, research how, research whether, research if, research into,
        research on, research which, research what, research the, research options, research possible, research ways,
        researching, explore how, explore options, explore whether, explore the, explore ways, exploring, find out,
        figure out, evaluate whether, evaluate if, evaluate options, evaluate the, evaluate how, poc for, poc of, poc
        on, proof of concept for, proof of concept of, proof of concept on, feasibility study, feasibility of, analyse
        whether, analyze whether, analyse how, analyze how
    """),
    chores=phrases("""
        replace, remove, move, drop, rename, upgrade, downgrade, update, bump, migrate, switch, uninstall, decommission,
        retire, deprecate
    """),
    time_limits=phrases("""
        time-box, timebox, time box, time-boxed, timeboxed, time boxed, at most, no more than, no longer than, max,
        maximum, up to, within, limited to, time limit
    """),
    questions=phrases("""
        question, questions, questions to answer, find out, decide whether, decide if, decide which, determine whether,
        determine if, learn whether, we want to know, we need to know, goal of this spike, to be answered, answer to
    """),
)
