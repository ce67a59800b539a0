"""The words of German."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

GERMAN = Vocabulary(
    criteria=phrases("""
        akzeptanzkriterien, akzeptanzkriterium, akzeptanz-kriterien, abnahmekriterien, abnahmekriterium,
        abnahme-kriterien, abnahmebedingungen, akzeptanzbedingungen, fertigstellungskriterien, erfolgskriterien
    """),
    headings_only=phrases("""
        ak, aks, akzeptanz, abnahme, kriterien, fertig wenn, erledigt wenn, definition of done, akzeptanztests,
        abnahmetests, testfälle, szenarien, so testen wir, prüfkriterien
    """),
    expected=phrases("""
        erwartet, erwartetes verhalten, erwartetes ergebnis, erwartung, soll-verhalten, sollverhalten,
        soll-zustand, soll, was sollte passieren
    """),
    steps=phrases("schritte, schritte zum reproduzieren, schritte zur reproduktion, reproduktion, so tritt es auf"),
    actual=phrases("""
        tatsächlich, tatsächliches verhalten, tatsächliches ergebnis, beobachtet, ist-verhalten, istverhalten,
        ist-zustand, aktuelles verhalten, was passiert
    """),
    other_sections=phrases("""
        hintergrund, kontext, beschreibung, zusammenfassung, motivation, warum, ziel, nutzen, hinweis, hinweise,
        notiz, notizen, anmerkung, anmerkungen, technische hinweise, technische notizen, technische details,
        umsetzung, umsetzungshinweise, lösungsvorschlag, lösung, annahmen, rahmenbedingungen, abhängigkeiten,
        risiken, beispiel, beispiele, umgebung, ursache, zusatzinformationen, weitere informationen
    """),
    ignored_sections=phrases("""
        nicht im umfang, nicht teil, nicht enthalten, abgrenzung, offene fragen, fragen, offene punkte, zu
        klären, links, verweise, anhänge, siehe auch, unteraufgaben, aufgaben, teilaufgaben, nächste schritte
    """),
    placeholders=phrases("""
        offen, noch offen, folgt, folgt noch, kommt noch, wird ergänzt, wird nachgereicht, wird noch ergänzt, zu
        klären, noch zu klären, noch zu definieren, zu definieren, tbd, todo, k.a, k. a, keine, keins, nichts,
        entfällt, nicht zutreffend, unbekannt, siehe oben, s.o, s. o, siehe unten, s.u, siehe titel, siehe
        beschreibung, wie besprochen, wie oben, später, platzhalter, noch nicht bekannt, nicht bekannt, unklar,
        bitte ausfüllen, hier ergänzen, wird noch definiert, in arbeit
    """),
    given=phrases("angenommen, gegeben, gegeben sei, gegeben seien"),
    when=("wenn",),
    then=("dann",),
    obligations=phrases("muss, müssen, soll, sollen, sollte, sollten, muß"),
    prohibitions=phrases("""
        darf nicht, dürfen nicht, darf kein, dürfen kein, darf nur, dürfen nur, kann nicht, können nicht, kann
        nur, können nur, ist nicht erlaubt, wird abgelehnt, wird abgewiesen, nicht mehr, niemals
    """),
    clause_openers=phrases("wenn, weil, dass, falls, obwohl, während, man, wir, ich, ihr"),
    fillers=phrases("auch, nur, immer, dann, jetzt, noch, nicht, stets"),
    observables=phrases("""
        wird angezeigt, werden angezeigt, wird dargestellt, wird ausgegeben, wird zurückgegeben, wird
        weitergeleitet, wird ausgeblendet, ist sichtbar, sind sichtbar, ist deaktiviert, erscheint, sieht
    """),
    bounds=phrases("""
        höchstens, mindestens, maximal, minimal, nicht mehr als, nicht länger als, weniger als, innerhalb von,
        binnen, unter, bis zu, genau, spätestens nach
    """),
    check_openings=phrases("sicherstellen dass, stelle sicher dass, prüfen dass, es ist sichergestellt dass"),
    team_subjects=phrases("wir, ich, man, jemand, ihr, story, ticket, aufgabe"),
    product_verbs=phrases("""
        anzeigen, zurückgeben, ablehnen, verhindern, anbieten, unterstützen, erlauben, speichern, senden
    """),
    vague=phrases("""
        benutzerfreundlich, nutzerfreundlich, schnell, schneller, einfach, einfacher, leicht, leichter,
        intuitiv, modern, moderner, übersichtlich, übersichtlicher, ansprechend, flexibel, robust, performant,
        performanter, gut, besser, schön, schöner, sinnvoll, angemessen, passend, sauber, ordentlich, optimal,
        stabil, sicher, zuverlässig, effizient, komfortabel, skalierbar, möglich, richtig, korrekt,
        funktionieren, sein, werden, sehr, mehr
    """),
    task_verbs=phrases("""
        untersuchen, untersucht, prüfen, geprüft, überlegen, überlegt, besprechen, besprochen, klären, geklärt,
        überarbeiten, überarbeitet, verbessern, verbessert, aufräumen, aufgeräumt, dokumentieren, dokumentiert,
        aktualisieren, aktualisiert, umziehen, umgestellt, umgesetzt, umsetzen, erledigt, beheben, behoben,
        anpassen, angepasst, refaktorieren, erstellen, erstellt, machen, gemacht, diskutieren, diskutiert,
        hinzugefügt
    """),
    hedges=phrases("""
        vielleicht, evtl, eventuell, könnte, könnten, wäre schön, wäre gut, wäre toll, vermutlich,
        wahrscheinlich, ich glaube, ich denke, meiner meinung nach, ggf, gegebenenfalls, unklar, ob wir,
        möglicherweise, nicht sicher, sollen wir, sollten wir
    """),
    current_state=phrases("""
        aktuell, derzeit, momentan, im moment, zurzeit, zur zeit, heute, bisher, leider, fehler, fehlermeldung,
        funktioniert nicht, geht nicht, falsch, problem, probleme, bug, absturz, stürzt, weil, obwohl, aber,
        scheint, aufgefallen
    """),
    wish_openings=phrases("""
        als ein, als eine, möchte ich, möchten wir, ich möchte, wir möchten, ich will, wir wollen, damit
    """),
    stop_words=phrases("""
        der, die, das, den, dem, des, ein, eine, einen, einem, einer, und, oder, aber, nicht, kein, keine, von,
        zu, zum, zur, in, im, an, am, auf, für, mit, bei, aus, als, ist, sind, sein, wird, werden, es, er, sie,
        wir, ich, man, dass, wenn, dann, auch, nur, alle, jede, jeder, muss, müssen, soll, sollen, sollte, kann,
        können, darf, dürfen, hat, haben, nach, vor, über, unter, noch, neu, neue, neuen, nutzer, benutzer
    """),
    spike_names=phrases("spike, untersuchung, recherche, analyse"),
    time_limits=phrases("timebox, time-box, höchstens, maximal, max, zeitlich begrenzt, innerhalb von, bis zu"),
    questions=phrases("frage, fragen, herausfinden, klären ob, entscheiden ob, wir wollen wissen"),
)
