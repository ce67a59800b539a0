"""The words by which text is recognised, one table for every language.

Everything is in lower case. Words for a language stand here only where we are sure of them: English and German are
complete, the others know headings, placeholders, scenario words and obligations. Scenario words follow the public
list of Gherkin keywords (cucumber.io/docs/gherkin/languages).
"""

from collections.abc import Mapping
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


def _list(text: str) -> tuple[str, ...]:
    """Phrases kept one or several to a line, separated by commas."""
    return tuple(phrase for part in text.replace("\n", ",").split(",") if (phrase := part.strip()))


_ENGLISH = Words(
    criteria=_list("""
        acceptance criteria, acceptance criterion, acceptance criterias, acceptance conditions, conditions of acceptance,
        conditions of satisfaction, satisfaction conditions, satisfaction criteria, definition of done, success criteria,
        exit criteria, completion criteria, done criteria, proposed criteria
    """),
    headings_only=_list("""
        ac, acs, a/c, dod, cos, acceptance, criteria, acceptance tests, acceptance test, acceptance checks, done when,
        done means, done if, this is done when, it is done when, we are done when, how to demo, how to verify,
        how to test, test cases, test scenarios, scenarios, what done looks like, validation criteria, test criteria
    """),
    expected=_list("""
        expected, expected result, expected results, expected behaviour, expected behavior, expected outcome,
        expected outcomes, expectation, expectations, what you expected, what i expected, what should happen,
        what did you expect, what you expect to see, desired behaviour, desired behavior
    """),
    steps=_list("""
        steps, steps to reproduce, steps to repro, reproduce steps, reproduction steps, reproduction, repro, repro steps,
        to reproduce, how to reproduce, reproduce case, reproduce
    """),
    actual=_list("""
        actual, actual result, actual results, actual behaviour, actual behavior, actual outcome, observed,
        observed behaviour, observed behavior, observed result, current behaviour, current behavior, what happens,
        what happened, what you see, what i see, result
    """),
    elsewhere=_list("""
        background, context, description, summary, narrative, user story, story, motivation, rationale, why, goal, value,
        note, notes, technical note, technical notes, technical comments, technical details, technical approach,
        developer notes, developer's notes, dev notes, implementation, implementation notes, implementation details,
        design notes, ux notes, additional information, additional info, more information, further information,
        assumptions, constraints, dependencies, risks, example, examples, example call, environment, workaround,
        temporary workaround, cause, symptoms, impact, proposal, proposed solution, solution, approach
    """),
    asides=_list("""
        out of scope, not in scope, non-goals, non goals, won't do, open questions, questions, open points, to discuss,
        links, references, attachments, screenshots, mockups, designs, see also, related, sub-tasks, subtasks, tasks,
        todo, to do, todos, next steps, history, changelog, update
    """),
    placeholders=_list("""
        tbd, tba, tbc, tbf, todo, to do, to-do, wip, n/a, na, not applicable, none, nothing, nil, null, empty, xxx, xx, x,
        test, to be defined, to be decided, to be determined, to be discussed, to be done, to be added, to be filled,
        to be filled in, to be confirmed, to be refined, to be specified, to be written, will be added, will follow,
        coming soon, later, pending, placeholder, in progress, fill me, fill in, fill this in, add here, add criteria here,
        add acceptance criteria here, add acceptance criteria, enter acceptance criteria, enter text here, enter text,
        insert text here, your text here, describe here, lorem ipsum, see above, see below, as above, same as above,
        see title, see summary, see description, as described, as described above, as discussed, self explanatory,
        self-explanatory, obvious, ok, yes, no, no idea, unknown, not known, not sure, no acceptance criteria,
        no criteria, dummy, asdf, criterion 1, criterion 2, criterion 3, criteria 1, criteria 2, criteria 3, item 1,
        item 2, item 3
    """),
    given=("given",),
    when=("when",),
    then=("then",),
    obliged=_list("must, shall, should"),
    needed=_list("has to, have to, needs to, need to, is required to, are required to, will"),
    effects=_list("""
        result, cause, mean, make, increase, decrease, reduce, help, allow, enable, give, fail, require, need, generate,
        lead, ensure, become, avoid, break, throw, improve, go, test, grab, capture
    """),
    forbidden=_list("""
        cannot, can not, can't, may not, mustn't, shouldn't, is not allowed, are not allowed, is not permitted,
        is refused, are refused, is rejected, are rejected, may only
    """),
    shown=_list("""
        is shown, are shown, is displayed, are displayed, is returned, are returned, is redirected, are redirected,
        is hidden, are hidden, is disabled, are disabled, is notified, are notified, is highlighted, are highlighted,
        is visible, are visible, returns, receives, sees, gets an, gets a
    """),
    bounds=_list("""
        at most, at least, no more than, not more than, no less than, fewer than, less than, more than, within, up to,
        exactly, a maximum of, maximum of, a minimum of, under, every
    """),
    ensure=_list("""
        ensure, ensure that, make sure, make sure that, verify, verify that, confirm that, check that, assert that,
        validate that, guarantee that
    """),
    team=_list("we, i, you, one, someone, somebody, team, developers, let's, story, ticket, issue, task, jira"),
    behaviour=_list("""
        support, provide, allow, return, display, show, set, throw, log, reject, refuse, prevent, ensure, make sure, close,
        send, store, offer, accept, ignore, hide, list, sort, filter, print, raise, respond, redirect, default, warn
    """),
    vague=_list("""
        user-friendly, user friendly, friendly, fast, faster, quick, quickly, quicker, easy, easier, easily, simple,
        simpler, simply, straightforward, straight-forward, trivial, intuitive, flexible, robust, scalable, secure,
        efficient, efficiently, modern, appropriate, appropriately, better, best, good, nice, nicer, cool, great, clean,
        cleaner, clear, clearer, reasonable, sensible, consistent, useful, helpful, convenient, smooth, seamless,
        performant, maintainable, readable, generic, improved, optimal, optimized, adequate, enough, sufficient, fine,
        possible, properly, correctly, small, minimal, obvious, interesting, beautiful, attractive, powerful, elegant,
        reliable, stable, responsive, more, very, much, really, quite, pretty, work, works, well, fun, worth, able, successfully, normally, fully, the case
    """),
    chores=_list("""
        investigate, investigated, consider, considered, reconsider, think, look, discuss, discussed, decide, decided,
        review, reviewed, refactor, refactored, rework, reworked, revisit, revisited, rewrite, rewritten, improve,
        improved, enhance, enhanced, fix, fixed, address, addressed, handle, handled, resolve, resolved, clean, cleaned,
        explore, explored, evaluate, evaluated, research, researched, document, documented, update, updated, upgrade,
        upgraded, migrate, migrated, move, moved, implement, implemented, start, try, work, be done, done, talk, wait,
        help, know, note, noted, mention, mentioned, split, ask, clarify, clarified, add, added, create, created, change,
        changed, rename, renamed, remove, removed, replace, replaced, extract, extracted
    """),
    unsure=_list("""
        i think, i guess, i believe, i suppose, i assume, i wonder, i feel, i'm not sure, not sure, unsure, maybe, perhaps,
        might, could be, would be nice, would be good, would be great, would be useful, would be helpful, would help,
        would like, it seems, seems, imo, imho, in my opinion, possibly, hopefully, presumably, my guess, we could,
        one could, should have been, should've, should already, should i, should we, should you, if you, you should, you must,
        supposed to, whether, wondering, unclear, open question, thoughts, if possible, nice to have, may want to, than it should, as it should, than they should, not saying
    """),
    today=_list("""
        currently, at the moment, right now, presently, as of now, nowadays, unfortunately, today, already, so far,
        noticed, i found, i tried, i saw, i see, i get, i can, i cannot, i was, i did, i have, observed, reported, tested,
        fails, failing, failed, fail, broken, breaks, bug, regression, error, errors, exception, exceptions, crash,
        crashes, wrong, wrongly, incorrect, incorrectly, problem, problems, doesn't, does not, don't, isn't, didn't,
        won't, wasn't, was, were, workaround, because, since, due to, despite, although, even though, however, but,
        instead of, appears, caused, causes, issue, no way to, stack trace, tried, stuck
    """),
    wishes=_list("""
        as a, as an, as the, i want, i would like, i'd like, we want, we would like, we'd like, i need, we need, so that,
        in order to, it would be, would be, it'd be, want to
    """),
    small=_list("""
        the, a, an, and, or, but, not, no, of, to, in, on, at, for, from, by, with, as, is, are, be, been, it, its, this,
        that, these, those, there, here, then, than, so, if, when, also, just, only, all, any, each, some, such, should,
        must, shall, will, would, can, could, may, has, have, had, do, does, need, needs, into, via, per, using, use, used,
        we, i, you, they, he, she, our, your, their, which, who, what, where, how, why, now, new, able, add, get, make,
        like, want, other, more, very, too, one, same, within, without, about, over, under, after, before, up, out, am,
        instead, please, allow, allows, support, user, users
    """),
    spikes=_list("spike, research, investigation, investigate, research spike, technical spike, exploration, poc"),
    limits=_list("""
        time-box, timebox, time box, time-boxed, timeboxed, time boxed, at most, no more than, no longer than, max,
        maximum, up to, within, limited to, time limit
    """),
    find_out=_list("""
        question, questions, questions to answer, find out, decide whether, decide if, decide which, determine whether,
        determine if, learn whether, we want to know, we need to know, goal of this spike, to be answered, answer to
    """),
)

_GERMAN = Words(
    criteria=_list("""
        akzeptanzkriterien, akzeptanzkriterium, akzeptanz-kriterien, abnahmekriterien, abnahmekriterium,
        abnahme-kriterien, abnahmebedingungen, akzeptanzbedingungen, fertigstellungskriterien, erfolgskriterien
    """),
    headings_only=_list("""
        ak, aks, akzeptanz, abnahme, kriterien, fertig wenn, erledigt wenn, definition of done,
        akzeptanztests, abnahmetests, testfälle, szenarien, so testen wir, prüfkriterien
    """),
    expected=_list("""
        erwartet, erwartetes verhalten, erwartetes ergebnis, erwartung, soll-verhalten, sollverhalten, soll-zustand,
        soll, was sollte passieren
    """),
    steps=_list("schritte, schritte zum reproduzieren, schritte zur reproduktion, reproduktion, so tritt es auf"),
    actual=_list("""
        tatsächlich, tatsächliches verhalten, tatsächliches ergebnis, beobachtet, ist-verhalten, istverhalten, ist-zustand,
        aktuelles verhalten, was passiert
    """),
    elsewhere=_list("""
        hintergrund, kontext, beschreibung, zusammenfassung, motivation, warum, ziel, nutzen, hinweis, hinweise, notiz,
        notizen, anmerkung, anmerkungen, technische hinweise, technische notizen, technische details, umsetzung,
        umsetzungshinweise, lösungsvorschlag, lösung, annahmen, rahmenbedingungen, abhängigkeiten, risiken, beispiel,
        beispiele, umgebung, ursache, zusatzinformationen, weitere informationen
    """),
    asides=_list("""
        nicht im umfang, nicht teil, nicht enthalten, abgrenzung, offene fragen, fragen, offene punkte, zu klären, links,
        verweise, anhänge, siehe auch, unteraufgaben, aufgaben, teilaufgaben, nächste schritte
    """),
    placeholders=_list("""
        offen, noch offen, folgt, folgt noch, kommt noch, wird ergänzt, wird nachgereicht, wird noch ergänzt, zu klären,
        noch zu klären, noch zu definieren, zu definieren, tbd, todo, k.a, k. a, keine, keins, nichts, entfällt,
        nicht zutreffend, unbekannt, siehe oben, s.o, s. o, siehe unten, s.u, siehe titel, siehe beschreibung,
        wie besprochen, wie oben, später, platzhalter, noch nicht bekannt, nicht bekannt, unklar, bitte ausfüllen,
        hier ergänzen, wird noch definiert, in arbeit
    """),
    given=_list("angenommen, gegeben, gegeben sei, gegeben seien"),
    when=("wenn",),
    then=("dann",),
    obliged=_list("muss, müssen, soll, sollen, sollte, sollten, muß"),
    forbidden=_list("""
        darf nicht, dürfen nicht, darf kein, dürfen kein, darf nur, dürfen nur, kann nicht, können nicht, kann nur,
        können nur, ist nicht erlaubt, wird abgelehnt, wird abgewiesen, nicht mehr, niemals
    """),
    shown=_list("""
        wird angezeigt, werden angezeigt, wird dargestellt, wird ausgegeben, wird zurückgegeben, wird weitergeleitet,
        wird ausgeblendet, ist sichtbar, sind sichtbar, ist deaktiviert, erscheint, sieht
    """),
    bounds=_list("""
        höchstens, mindestens, maximal, minimal, nicht mehr als, nicht länger als, weniger als, innerhalb von, binnen,
        unter, bis zu, genau, spätestens nach
    """),
    ensure=_list("sicherstellen dass, stelle sicher dass, prüfen dass, es ist sichergestellt dass"),
    team=_list("wir, ich, man, jemand, ihr, story, ticket, aufgabe"),
    behaviour=_list("anzeigen, zurückgeben, ablehnen, verhindern, anbieten, unterstützen, erlauben, speichern, senden"),
    vague=_list("""
        benutzerfreundlich, nutzerfreundlich, schnell, schneller, einfach, einfacher, leicht, leichter, intuitiv, modern,
        moderner, übersichtlich, übersichtlicher, ansprechend, flexibel, robust, performant, performanter, gut, besser,
        schön, schöner, sinnvoll, angemessen, passend, sauber, ordentlich, optimal, stabil, sicher, zuverlässig, effizient,
        komfortabel, skalierbar, möglich, richtig, korrekt, funktionieren, sein, werden, sehr, mehr
    """),
    chores=_list("""
        untersuchen, untersucht, prüfen, geprüft, überlegen, überlegt, besprechen, besprochen, klären, geklärt,
        überarbeiten, überarbeitet, verbessern, verbessert, aufräumen, aufgeräumt, dokumentieren, dokumentiert,
        aktualisieren, aktualisiert, umziehen, umgestellt, umgesetzt, umsetzen, erledigt, beheben, behoben, anpassen,
        angepasst, refaktorieren, erstellen, erstellt, machen, gemacht, diskutieren, diskutiert, hinzugefügt
    """),
    unsure=_list("""
        vielleicht, evtl, eventuell, könnte, könnten, wäre schön, wäre gut, wäre toll, vermutlich, wahrscheinlich,
        ich glaube, ich denke, meiner meinung nach, ggf, gegebenenfalls, unklar, ob wir, möglicherweise, nicht sicher,
        sollen wir, sollten wir
    """),
    today=_list("""
        aktuell, derzeit, momentan, im moment, zurzeit, zur zeit, heute, bisher, leider, fehler, fehlermeldung,
        funktioniert nicht, geht nicht, falsch, problem, probleme, bug, absturz, stürzt, weil, obwohl, aber, scheint,
        aufgefallen
    """),
    wishes=_list("als ein, als eine, möchte ich, möchten wir, ich möchte, wir möchten, ich will, wir wollen, damit"),
    small=_list("""
        der, die, das, den, dem, des, ein, eine, einen, einem, einer, und, oder, aber, nicht, kein, keine, von, zu, zum,
        zur, in, im, an, am, auf, für, mit, bei, aus, als, ist, sind, sein, wird, werden, es, er, sie, wir, ich, man, dass,
        wenn, dann, auch, nur, alle, jede, jeder, muss, müssen, soll, sollen, sollte, kann, können, darf, dürfen, hat,
        haben, nach, vor, über, unter, noch, neu, neue, neuen, nutzer, benutzer
    """),
    spikes=_list("spike, untersuchung, recherche, analyse"),
    limits=_list("timebox, time-box, höchstens, maximal, max, zeitlich begrenzt, innerhalb von, bis zu"),
    find_out=_list("frage, fragen, herausfinden, klären ob, entscheiden ob, wir wollen wissen"),
)

_FRENCH = Words(
    criteria=_list("critères d'acceptation, critère d'acceptation, critères d’acceptation, critères d'acceptance"),
    headings_only=_list("critères de succès, définition de fini, definition of done, conditions de satisfaction"),
    placeholders=_list("à définir, à compléter, à venir, à faire, à préciser, aucun, aucune, néant, voir ci-dessus"),
    given=_list("étant donné, étant donnée, étant donnés, soit, sachant que"),
    when=_list("quand, lorsque, lorsqu'"),
    then=_list("alors, donc"),
    obliged=_list("doit, doivent, devra, devront"),
    forbidden=_list("ne doit pas, ne doivent pas, ne peut pas, ne peuvent pas, est interdit"),
    vague=_list(
        "rapide, facile, simple, intuitif, intuitive, convivial, conviviale, moderne, efficace, mieux, meilleur"
    ),
    unsure=_list("peut-être, éventuellement, pourrait, il faudrait"),
    today=_list("actuellement, pour le moment, malheureusement, erreur, problème"),
    wishes=_list("en tant que, en tant qu', je veux, je voudrais, nous voulons, afin de"),
    small=_list("le, la, les, un, une, des, de, du, et, ou, à, au, aux, en, est, sont, que, qui, pour, par, dans, sur"),
)

_SPANISH = Words(
    criteria=_list("criterios de aceptación, criterio de aceptación, criterios de aceptacion"),
    headings_only=_list("condiciones de satisfacción, definición de hecho, definición de terminado"),
    placeholders=_list("por definir, pendiente, ninguno, ninguna, no aplica, ver arriba, por completar"),
    given=_list("dado, dada, dados, dadas"),
    when=("cuando",),
    then=("entonces",),
    obliged=_list("debe, deben, deberá, deberán"),
    forbidden=_list("no debe, no deben, no puede, no pueden"),
    vague=_list("rápido, rápida, fácil, sencillo, sencilla, intuitivo, intuitiva, amigable, moderno, moderna, mejor"),
    unsure=_list("quizás, tal vez, podría, podríamos"),
    today=_list("actualmente, por el momento, lamentablemente, error, problema"),
    wishes=_list("como un, como una, quiero, queremos, me gustaría, para que"),
    small=_list("el, la, los, las, un, una, de, del, y, o, a, al, en, es, son, que, para, por, con, se"),
)

_DUTCH = Words(
    criteria=_list("acceptatiecriteria, acceptatiecriterium, acceptatie criteria"),
    headings_only=_list("definition of done, klaar wanneer, klaar als"),
    placeholders=_list("volgt, nog te bepalen, nader te bepalen, geen, niet van toepassing, nvt, n.v.t, zie boven"),
    given=_list("gegeven, stel"),
    when=_list("als, wanneer"),
    then=("dan",),
    obliged=_list("moet, moeten, dient, dienen"),
    forbidden=_list("mag niet, mogen niet, kan niet, kunnen niet, mag alleen, mogen alleen"),
    vague=_list(
        "snel, sneller, makkelijk, gemakkelijk, eenvoudig, intuïtief, gebruiksvriendelijk, modern, beter, mooi"
    ),
    unsure=_list("misschien, wellicht, zou kunnen, eventueel"),
    today=_list("momenteel, op dit moment, helaas, fout, probleem"),
    wishes=_list("als een, wil ik, ik wil, willen we, zodat"),
    small=_list("de, het, een, en, of, van, te, in, op, aan, voor, met, is, zijn, dat, die, er, niet"),
)

_PORTUGUESE = Words(
    criteria=_list("critérios de aceitação, critério de aceitação, critérios de aceite, criterios de aceitação"),
    headings_only=_list("definição de pronto, definição de feito"),
    placeholders=_list("a definir, pendente, nenhum, nenhuma, não se aplica, ver acima, em breve"),
    given=_list("dado, dada, dados, dadas"),
    when=("quando",),
    then=_list("então, entao"),
    obliged=_list("deve, devem, deverá, deverão"),
    forbidden=_list("não deve, não devem, não pode, não podem"),
    vague=_list("rápido, rápida, fácil, simples, intuitivo, intuitiva, amigável, moderno, moderna, melhor"),
    unsure=_list("talvez, poderia, poderíamos"),
    today=_list("atualmente, no momento, infelizmente, erro, problema"),
    wishes=_list("como um, como uma, eu quero, queremos, gostaria, para que"),
    small=_list("o, a, os, as, um, uma, de, do, da, e, ou, em, no, na, é, são, que, para, por, com, se"),
)

_ITALIAN = Words(
    criteria=_list("criteri di accettazione, criterio di accettazione, criteri di accettabilità"),
    headings_only=_list("definizione di fatto, definition of done"),
    placeholders=_list("da definire, da completare, nessuno, nessuna, non applicabile, vedi sopra"),
    given=_list("dato, data, dati, date"),
    when=("quando",),
    then=("allora",),
    obliged=_list("deve, devono, dovrà, dovranno"),
    forbidden=_list("non deve, non devono, non può, non possono"),
    vague=_list("veloce, facile, semplice, intuitivo, intuitiva, moderno, moderna, migliore"),
    unsure=_list("forse, magari, potrebbe, potremmo"),
    today=_list("attualmente, al momento, purtroppo, errore, problema"),
    wishes=_list("come utente, voglio, vorrei, vogliamo, in modo da"),
    small=_list("il, lo, la, i, gli, le, un, una, di, del, della, e, o, a, in, è, sono, che, per, con, si"),
)

LANGUAGES: Mapping[Language, Words] = {
    "en": _ENGLISH,
    "de": _GERMAN,
    "fr": _FRENCH,
    "es": _SPANISH,
    "nl": _DUTCH,
    "pt": _PORTUGUESE,
    "it": _ITALIAN,
}
"""The words of every language that is known."""
