"""The word lists of German. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

GERMAN = Vocabulary(
    criteria=phrases("""
        akzeptanzkriterien, akzeptanzkriterium, akzeptanz-kriterien, abnahmekriterien, abnahmekriterium,
        abnahme-kriterien, abnahmebedingungen, akzeptanzbedingungen, fertigstellungskriterien, erfolgskriterien,
        kriterien für die abnahme, kriterien zur abnahme
    """),
    headings_only=phrases("""
        ak, aks, akzeptanz, abnahme, kriterien, fertig wenn, erledigt wenn, abgenommen wenn, definition of done,
        akzeptanztests, abnahmetests, testfälle, szenarien, so testen wir, prüfkriterien, fertig ist es wenn, wann ist
        es fertig, wann ist die story fertig, wann sind wir fertig, wann ist das fertig, anforderungen, fachliche
        anforderungen, funktionale anforderungen, geschäftsregeln, fachliche regeln, muss-kriterien, muss-anforderungen,
        woran erkennen wir dass es fertig ist
    """),
    qualifiers=phrases("""
        fachliche, technische, funktionale, nichtfunktionale, nicht-funktionale, vorläufige, neue, weitere,
        zusätzliche, wichtige, mögliche, unsere, die, der, anforderungen, anforderung, tests, test, entwurf, und,
        oder, ziele, ziel, story, liste, allgemeine, minimale, detaillierte, offene, hinweise, szenarien
    """),
    done_when=phrases("""
        fertig wenn, erledigt wenn, abgenommen wenn, akzeptiert wenn, fertig ist es wenn, die story ist fertig wenn,
        die story ist erledigt wenn, das ist fertig wenn, das ist erledigt wenn, wir sind fertig wenn, abgeschlossen
        wenn, gilt als fertig wenn, gilt als erledigt wenn
    """),
    expected=phrases("""
        erwartet, erwartetes verhalten, erwartetes ergebnis, erwartung, soll-verhalten, sollverhalten, soll-zustand,
        soll, was sollte passieren
    """),
    steps=phrases("schritte, schritte zum reproduzieren, schritte zur reproduktion, reproduktion, so tritt es auf"),
    actual=phrases("""
        tatsächlich, tatsächliches verhalten, tatsächliches ergebnis, beobachtet, ist-verhalten, istverhalten,
        ist-zustand, aktuelles verhalten, was passiert
    """),
    other_sections=phrases("""
        hintergrund, kontext, beschreibung, zusammenfassung, motivation, warum, ziel, nutzen, hinweis, hinweise,
        notiz, notizen, anmerkung, anmerkungen, technische hinweise, technische notizen, technische details,
        umsetzung, umsetzungshinweise, lösungsvorschlag, lösung, annahmen, rahmenbedingungen, abhängigkeiten, risiken,
        beispiel, beispiele, umgebung, ursache, zusatzinformationen, weitere informationen
    """),
    ignored_sections=phrases("""
        nicht im umfang, nicht teil, nicht enthalten, abgrenzung, offene fragen, fragen, offene punkte, zu klären,
        links, verweise, anhänge, siehe auch, unteraufgaben, aufgaben, teilaufgaben, nächste schritte
    """),
    placeholders=phrases("""
        offen, noch offen, folgt, folgt noch, kommt noch, wird ergänzt, wird nachgereicht, wird noch ergänzt, zu klären,
        noch zu klären, noch zu definieren, zu definieren, tbd, todo, k.a, k. a, keine, keins, nichts, entfällt, nicht
        zutreffend, unbekannt, siehe oben, s.o, s. o, siehe unten, s.u, siehe titel, siehe beschreibung, wie besprochen,
        wie oben, später, platzhalter, noch nicht bekannt, nicht bekannt, unklar, bitte ausfüllen, hier ergänzen, wird
        noch definiert, in arbeit, kriterium, akzeptanzkriterium, ak, punkt, wie üblich, wie vereinbart, wie abgestimmt,
        nicht nötig, nicht erforderlich, nicht notwendig, noch keine, noch nichts, erledigt, text, beschreibung, usw,
        s.o., s.u., dito, ditto, selbsterklärend, siehe unten stehend, standard
    """),
    template_instructions=phrases("""
        bitte beschreiben, bitte beschreibe, bitte ausfüllen, bitte ergänzen, bitte eintragen, bitte angeben, bitte
        hinzufügen, bitte auflisten, hier beschreiben, hier die, hier bitte, beschreibe hier, beschreiben sie, geben
        sie, tragen sie, listen sie, führe hier, trage hier, woran erkennen wir, wie können wir prüfen, wie prüfen
        wir, was muss erfüllt sein, dieses feld, dieser abschnitt, diese vorlage
    """),
    promises=phrases("""
        ergänzt, ergänzen, ergänze, füllt, liefert, liefert nach, reicht nach, schreibt, klärt, definiert, muss noch,
        müssen noch, soll noch, sollen noch, will noch, wird noch, werden noch, wird ergänzt, werden ergänzt, wird
        nachgereicht, werden nachgereicht, wird nachgetragen, werden nachgetragen, wird definiert, werden definiert,
        wird geklärt, werden geklärt, wird im, werden im, zu definieren, zu klären, zu ergänzen, noch zu, noch offen,
        noch nicht, noch keine, noch nichts, folgt, folgen, kommt noch, kommen noch, im refinement, müssen noch vom,
        muss noch vom, müssen noch von, muss noch von, in klärung, in abstimmung, in arbeit, abstimmen, nach dem
        refinement, bitte noch, steht noch aus, stehen noch aus, fehlt noch, fehlen noch, warten auf, wartet auf, kommt
        vom, kommt von, kommt aus, kommt, kommen, bitte ergänzen, bitte eintragen
    """),
    promise_endings=phrases("""
        folgt noch, folgen noch, kommt noch, kommen noch, fehlt noch, fehlen noch, steht noch aus
    """),
    routine_words=phrases("""
        code, review, reviewt, reviewed, unit, unittests, unit-tests, test, tests, testfälle, getestet, geschrieben,
        automatisiert, grün, dokumentation, doku, dokumentiert, aktualisiert, deployt, deployed, ausgerollt, staging,
        testumgebung, testsystem, integrationstests, produktion, gemerged, gemergt, merge, branch, pr, pull, request,
        build, pipeline, geschätzt, abhängigkeiten, bekannt, abgenommen, abnahme, demo, gezeigt, erfolgreich, erledigt,
        erstellt, durchgeführt, entwickelt, umgesetzt, implementiert, freigegeben, release, notes
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, fachbereich, der, die, das, wir, ich, team, product, owner, architekt, architektin, kunde,
        kundin, jemand, entwicklung, test, fachseite, rücksprache, durch, nachgeliefert, nachliefern, abzustimmen,
        recht, besonderen, besondere, kriterien, kriterium, akzeptanzkriterien, abnahmekriterien, ak, aks, details,
        später, bald, refinement, planning, planung, workshop, sprint, nächsten, nächstes, story, ticket, termin,
        abstimmung, noch, nach, nachgereicht, ergänzt, definiert, geklärt, festgelegt, besprochen, besprechen, klären,
        werden, offen, bis, morgen, heute, woche, mit, kommt, kommen, vom, von, bitte, ergänzen, eintragen, ausfüllen,
        schreiben, schreibt, fragen, fragt, gibt, geben, nachreichen, reicht, liefert, liefern, geliefert, kunden,
        abstimmen, abgestimmt, diskutieren, überlegen, montag, dienstag, mittwoch, donnerstag, freitag, januar, februar,
        märz, april, mai, juni, juli, august, september, oktober, november, dezember, keine, nichts, nicht, unklar, tbd,
        todo, siehe, steht, stehen, beschrieben, dokumentiert, hinterlegt, definieren, kommentar, gleiche, wie, aktuell,
        derzeit, momentan, urlaub, zusammen, gemeinsam, konzept, wird, technische, aufgabe
    """),
    pointers=phrases("""
        siehe, siehe auch, s, vgl, vergleiche, gemäß, laut, entsprechend, steht in, steht im, stehen in, stehen im,
        wie in, wie im, beschrieben in, beschrieben im, dokumentiert in, dokumentiert im, hinterlegt in, hinterlegt
        im, definiert in, definiert im, zu finden in, zu finden im, sind im, sind in, ist im, ist in, im, in der, in
        dem, details in, details im, nach
    """),
    pointer_targets=phrases("""
        epic, wiki, confluence, sharepoint, anhang, anlage, dokument, dokumentation, design, entwurf, figma, miro,
        mockup, mockups, screenshot, screenshots, spezifikation, spec, konzept, fachkonzept, ticket, story, seite,
        link, links, kommentar, kommentare, kommentaren, excel, tabelle, mail, e-mail, pdf, board, jira, feature,
        lastenheft, pflichtenheft, vertrag, übergeordnet, parent, onenote, protokoll, konzepts, protokolls
    """),
    given=phrases("angenommen, gegeben, gegeben sei, gegeben seien"),
    when=("wenn",),
    then=("dann",),
    narrative_words=phrases("""
        wir, uns, unser, unsere, war, waren, hatte, hatten, wurde, wurden, gestern, morgen, heute, letzte, letzten,
        letzter, vielleicht, wahrscheinlich, dachte, entschieden, gesprochen, gemerkt, neu, gestartet, weil, team,
        deadline, woche, monat, dringend, schon
    """),
    obligations=phrases("muss, müssen, soll, sollen, sollte, sollten, muß"),
    prohibitions=phrases("""
        darf nicht, dürfen nicht, darf kein, dürfen kein, darf nur, dürfen nur, ist nicht erlaubt, wird abgelehnt,
        wird abgewiesen, niemals, kann nicht, können nicht, kann nur, können nur, nicht mehr
    """),
    clause_openers=phrases("wenn, weil, dass, falls, obwohl, während, man, wir, ich, ihr"),
    fillers=phrases("auch, nur, immer, dann, jetzt, noch, nicht, stets"),
    observables=phrases("""
        wird angezeigt, werden angezeigt, wird dargestellt, wird ausgegeben, wird zurückgegeben, wird weitergeleitet,
        wird ausgeblendet, ist sichtbar, sind sichtbar, ist deaktiviert, erscheint, sieht
    """),
    bounds=phrases("""
        höchstens, mindestens, maximal, minimal, nicht mehr als, nicht länger als, weniger als, innerhalb von, binnen,
        unter, bis zu, genau, spätestens nach
    """),
    check_openings=phrases("sicherstellen dass, stelle sicher dass, prüfen dass, es ist sichergestellt dass"),
    team_subjects=phrases("wir, ich, man, jemand, ihr, story, ticket, aufgabe"),
    product_verbs=phrases("""
        anzeigen, zurückgeben, ablehnen, verhindern, anbieten, unterstützen, erlauben, speichern, senden
    """),
    vague_terms=phrases("""
        benutzerfreundlich, nutzerfreundlich, schnell, schneller, einfach, einfacher, leicht, leichter, intuitiv,
        modern, moderner, übersichtlich, übersichtlicher, ansprechend, flexibel, robust, performant, performanter, gut,
        besser, schön, schöner, sinnvoll, angemessen, passend, sauber, ordentlich, optimal, stabil, sicher, zuverlässig,
        effizient, komfortabel, skalierbar, möglich, richtig, korrekt, funktionieren, sein, werden, sehr, mehr
    """),
    task_verbs=phrases("""
        untersuchen, untersucht, prüfen, geprüft, überlegen, überlegt, besprechen, besprochen, klären, geklärt,
        überarbeiten, überarbeitet, verbessern, verbessert, aufräumen, aufgeräumt, dokumentieren, dokumentiert,
        aktualisieren, aktualisiert, umziehen, umgestellt, umgesetzt, umsetzen, erledigt, beheben, behoben, anpassen,
        angepasst, refaktorieren, erstellen, erstellt, machen, gemacht, diskutieren, diskutiert, hinzugefügt
    """),
    hedges=phrases("""
        vielleicht, evtl, eventuell, könnte, könnten, wäre schön, wäre gut, wäre toll, vermutlich, wahrscheinlich, ich
        glaube, ich denke, meiner meinung nach, ggf, gegebenenfalls, unklar, ob wir, möglicherweise, nicht sicher,
        sollen wir, sollten wir, eher, in den meisten fällen, unerwartet, manuell, frage
    """),
    current_state=phrases("""
        aktuell, derzeit, momentan, im moment, zurzeit, zur zeit, heute, bisher, leider, fehler, fehlermeldung,
        funktioniert nicht, geht nicht, falsch, problem, probleme, bug, absturz, stürzt, weil, obwohl, aber, scheint,
        aufgefallen
    """),
    wish_openings=phrases("""
        als ein, als eine, möchte ich, möchten wir, ich möchte, wir möchten, ich will, wir wollen, damit
    """),
    stop_words=phrases("""
        der, die, das, den, dem, des, ein, eine, einen, einem, einer, und, oder, aber, nicht, kein, keine, von, zu,
        zum, zur, in, im, an, am, auf, für, mit, bei, aus, als, ist, sind, sein, wird, werden, es, er, sie, wir, ich,
        man, dass, wenn, dann, auch, nur, alle, jede, jeder, muss, müssen, soll, sollen, sollte, kann, können, darf,
        dürfen, hat, haben, nach, vor, über, unter, noch, neu, neue, neuen, nutzer, benutzer
    """),
    spike_names=phrases("spike, untersuchung, recherche, analyse, machbarkeitsstudie, evaluierung, machbarkeit"),
    spike_openings=phrases("""
        machbarkeitsstudie, evaluierung, spike zu, spike zur, spike zum, spike für, spike ob, spike wie, untersuche,
        untersuchen, untersuchung der, untersuchung des, untersuchung von, untersuchung zu, untersuchung zur, recherche
        zu, recherche zur, recherche zum, recherchieren, recherchiere, herausfinden, evaluieren, evaluierung von,
        evaluierung der, analyse ob, prüfen ob, klären ob, klären wie, machbarkeit
    """),
    chores=phrases("""
        ersetzen, ersetze, entfernen, entferne, verschieben, verschiebe, umbenennen, aktualisieren, ausbauen,
        abschalten, migrieren
    """),
    time_limits=phrases("timebox, time-box, höchstens, maximal, max, zeitlich begrenzt, innerhalb von, bis zu"),
    questions=phrases("frage, fragen, herausfinden, klären ob, entscheiden ob, wir wollen wissen"),
    to_do_patterns=phrases("zu *en, noch *en"),
)
