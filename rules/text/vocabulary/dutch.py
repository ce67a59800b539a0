"""The word lists of Dutch. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

DUTCH = Vocabulary(
    criteria=phrases("""
        acceptatiecriteria, acceptatiecriterium, acceptatie criteria, acceptatie-criteria, acceptatievoorwaarden,
        succescriteria, voorwaarden voor acceptatie
    """),
    headings_only=phrases("""
        ac, criteria, acceptatie, definition of done, klaar wanneer, klaar als, gereed wanneer, gereed als,
        geaccepteerd als, acceptatietests, acceptatietesten
    """),
    qualifiers=phrases("""
        functionele, technische, nieuwe, voorlopige, belangrijkste, eisen, vereisten, tests, en, de, aanvullende
    """),
    done_when=phrases("""
        klaar wanneer, klaar als, gereed wanneer, gereed als, geaccepteerd als, geaccepteerd wanneer, af als, we zijn
        klaar als, we zijn klaar wanneer, het is klaar als, dit is klaar als, dit is klaar wanneer
    """),
    other_sections=phrases("""
        achtergrond, context, beschrijving, omschrijving, notities, opmerkingen, doel, oplossing, details, aanvullende
        informatie, afhankelijkheden, risico's, voorbeeld, voorbeelden, implementatie
    """),
    ignored_sections=phrases("buiten scope, open vragen, vragen, links, bijlagen, taken, subtaken"),
    expected=phrases("verwacht resultaat, verwachte resultaten, verwacht gedrag, verwacht"),
    steps=phrases("stappen, stappen om te reproduceren"),
    actual=phrases("werkelijk resultaat, huidig gedrag, werkelijk gedrag"),
    placeholders=phrases("""
        volgt, volgt nog, nog te bepalen, nader te bepalen, nog te definiëren, in te vullen, nog in te vullen, geen,
        niets, niet van toepassing, nvt, n.v.t, zie boven, zie hierboven, zie beschrijving, zie titel, later,
        criterium, nog niet, nog geen, onbekend, open, idem, zoals besproken, zoals afgesproken
    """),
    template_instructions=phrases("""
        beschrijf hier, beschrijf hoe, beschrijf de, gelieve, vul hier, vul in, voeg hier, geef hier, geef de, noteer
        hier, som hier, hoe kunnen we controleren, hoe controleren we
    """),
    promises=phrases("""
        vult, vult aan, vult dit aan, levert, levert aan, schrijft, definieert, moet nog, moeten nog, zal nog, wordt
        nog, worden nog, wordt aangevuld, worden aangevuld, wordt bepaald, worden bepaald, worden gedefinieerd, nog
        te, nog niet, nog geen, volgt, volgen, komt nog, komen nog, in refinement, in verfijning, te bepalen, aan te
        vullen, in te vullen, in behandeling, in afwachting
    """),
    promise_endings=phrases("volgt nog, volgen nog, komt nog, komen nog"),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, de, het, we, wij, team, product, owner, business, klant, iemand, toegevoegd, worden, nog,
        stemmen, af, afgestemd, afstemmen, door, criteria, criterium, acceptatiecriteria, details, later, binnenkort,
        refinement, verfijning, planning, workshop, sprint, volgende, story, ticket, overleg, na, tijdens, met, aan,
        dit, deze, gedefinieerd, bepaald, ingevuld, aangevuld, aanvullen, invullen, bespreking, zien, definiëren,
        toevoegen, bespreken, besproken, bevestigen, schrijven, maandag, dinsdag, woensdag, donderdag, vrijdag, januari,
        februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december, niets, niet, moment,
        samen, taak, technische, bekend, beschreven, zelfde, dezelfde, komt, komen, volgt
    """),
    pointers=phrases("""
        zie, zie ook, raadpleeg, volgens, conform, cf, beschreven in, gedocumenteerd in, gedefinieerd in, staan in,
        staat in, te vinden in, te vinden op, zoals in, in de, in het, op de, details in
    """),
    pointer_targets=phrases("""
        epic, wiki, confluence, bijlage, document, documentatie, ontwerp, figma, miro, mockup, mockups, schermafdruk,
        specificatie, spec, ticket, story, pagina, link, links, opmerking, opmerkingen, excel, mail, e-mail, pdf,
        jira, feature, sharepoint
    """),
    given=phrases("gegeven, stel"),
    when=phrases("als, wanneer"),
    then=("dan",),
    obligations=phrases("moet, moeten, dient, dienen"),
    prohibitions=phrases("mag niet, mogen niet, kan niet, kunnen niet, mag alleen, mogen alleen"),
    vague_terms=phrases("""
        snel, sneller, makkelijk, gemakkelijk, eenvoudig, intuïtief, gebruiksvriendelijk, modern, beter, mooi
    """),
    hedges=phrases("misschien, wellicht, zou kunnen, eventueel"),
    current_state=phrases("momenteel, op dit moment, helaas, fout, probleem"),
    wish_openings=phrases("als een, wil ik, ik wil, willen we, zodat"),
    stop_words=phrases("de, het, een, en, of, van, te, in, op, aan, voor, met, is, zijn, dat, die, er, niet"),
    to_do_patterns=phrases("te *en"),
    spike_names=phrases("onderzoek, haalbaarheidsonderzoek"),
    spike_openings=phrases("onderzoek naar, onderzoeken, haalbaarheid van"),
)
