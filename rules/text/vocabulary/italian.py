"""The word lists of Italian. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

ITALIAN = Vocabulary(
    criteria=phrases("""
        criteri di accettazione, criterio di accettazione, criteri di accettabilità, criteri d'accettazione,
        condizioni di accettazione, criteri di validazione, criteri di successo
    """),
    headings_only=phrases("""
        ca, criteri, accettazione, regole di business, regole di dominio, requisiti, requisiti funzionali, definizione
        di fatto, definizione di finito, definition of done, test di accettazione, fatto quando, finito quando,
        completato quando, accettato se
    """),
    qualifiers=phrases("funzionali, tecnici, principali, nuovi, requisiti, test, e, i, di, iniziali, provvisori"),
    done_when=phrases("""
        fatto quando, finito quando, completato quando, abbiamo finito quando, pronto quando, è finito quando, è
        completato quando, accettato se, accettato quando
    """),
    other_sections=phrases("""
        contesto, descrizione, note, osservazioni, obiettivo, soluzione, dettagli, informazioni aggiuntive,
        dipendenze, rischi, esempio, esempi, implementazione
    """),
    ignored_sections=phrases("""
        fuori ambito, fuori perimetro, domande aperte, domande, link, collegamenti, allegati, attività, sottoattività
    """),
    expected=phrases("risultato atteso, risultati attesi, comportamento atteso, atteso"),
    steps=phrases("passi, passaggi, passi per riprodurre, passaggi per riprodurre"),
    actual=phrases("risultato attuale, risultato ottenuto, comportamento attuale"),
    placeholders=phrases("""
        da definire, da completare, da determinare, da confermare, da fare, nessuno, nessuna, niente, nulla, non
        applicabile, n/a, vedi sopra, vedi descrizione, vedi titolo, più tardi, in seguito, prossimamente, criterio,
        non ancora, in sospeso, sconosciuto, idem, come concordato, nessun criterio
    """),
    template_instructions=phrases("""
        si prega di descrivere, si prega di aggiungere, si prega di compilare, descrivere qui, descrivi qui, descrivi
        come, descrivere come, descrivere i, indicare qui, indicare i, aggiungere qui, elencare qui, elencare i,
        scrivere qui, inserire qui, come possiamo verificare, come verificare
    """),
    promises=phrases("""
        li aggiunge, li scrive, li completa, li definisce, saranno aggiunti, saranno definiti, saranno scritti, verranno
        scritti, da definire, da completare, da determinare, da confermare, da chiarire, da aggiungere, deve completare,
        deve definire, deve aggiungere, completerà, definirà, aggiungerà, sarà definito, sarà completato, saranno
        completati, verrà definito, verranno definiti, verranno aggiunti, non ancora, ancora da, in refinement, in
        raffinamento, in corso, in attesa, in sospeso
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, il, lo, la, i, team, noi, product, owner, business, cliente, dal, dalla, aggiunge,
        aggiungerà, scrive, scriverà, completa, li, le, criteri, criterio, accettazione, dettagli, più, tardi, presto,
        refinement, raffinamento, planning, pianificazione, workshop, sprint, prossimo, storia, ticket, riunione, dopo,
        durante, con, definiti, definizione, seguito, discussione, nel, vedere, definire, completare, aggiungere,
        chiarire, discutere, confermare, validare, scrivere, concordare, favore, lunedì, martedì, mercoledì, giovedì,
        venerdì, gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, novembre,
        dicembre, niente, non, momento, insieme, attività, tecnica, descritto, descritti, stesso, stessa, sarà, saranno,
        verranno
    """),
    pointers=phrases("""
        vedi, vedi anche, vedere, si veda, consultare, fare riferimento a, secondo, come da, cfr, cf, descritto in,
        descritti in, descritti nel, documentato in, documentati in, documentati nel, definiti in, definiti nel,
        disponibili in, disponibili nel, come in, come nel, nel, nella, sono nel, dettagli nel, dettagli in
    """),
    pointer_targets=phrases("""
        epica, epic, l'epica, dell'epica, nell'epica, wiki, confluence, allegato, documento, documentazione, design,
        figma, miro, mockup, prototipo, schermata, specifica, specifiche, spec, ticket, storia, pagina, link,
        commento, commenti, excel, foglio, e-mail, email, pdf, jira, feature, sharepoint
    """),
    given=phrases("dato, data, dati, date"),
    when=("quando",),
    then=("allora",),
    obligations=phrases("deve, devono, dovrà, dovranno"),
    prohibitions=phrases("non deve, non devono, non può, non possono"),
    vague_terms=phrases("veloce, facile, semplice, intuitivo, intuitiva, moderno, moderna, migliore"),
    hedges=phrases("forse, magari, potrebbe, potremmo"),
    current_state=phrases("attualmente, al momento, purtroppo, errore, problema"),
    wish_openings=phrases("come utente, voglio, vorrei, vogliamo, in modo da"),
    stop_words=phrases("il, lo, la, i, gli, le, un, una, di, del, della, e, o, a, in, è, sono, che, per, con, si"),
    to_do_patterns=phrases("da *are, da *ere, da *ire"),
    spike_names=phrases("indagine, analisi, studio di fattibilità, analisi di fattibilità"),
    spike_openings=phrases("indagare, studio di fattibilità, analisi di fattibilità, valutare opzioni"),
)
