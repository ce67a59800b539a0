"""French, Spanish, Dutch, Portuguese and Italian: only words that we are sure of."""

from rules.text.words.shape import Words, listed

FRENCH = Words(
    criteria=listed("critères d'acceptation, critère d'acceptation, critères d’acceptation, critères d'acceptance"),
    headings_only=listed("critères de succès, définition de fini, definition of done, conditions de satisfaction"),
    placeholders=listed("à définir, à compléter, à venir, à faire, à préciser, aucun, aucune, néant, voir ci-dessus"),
    given=listed("étant donné, étant donnée, étant donnés, soit, sachant que"),
    when=listed("quand, lorsque, lorsqu'"),
    then=listed("alors, donc"),
    obliged=listed("doit, doivent, devra, devront"),
    forbidden=listed("ne doit pas, ne doivent pas, ne peut pas, ne peuvent pas, est interdit"),
    vague=listed(
        "rapide, facile, simple, intuitif, intuitive, convivial, conviviale, moderne, efficace, mieux, meilleur"
    ),
    unsure=listed("peut-être, éventuellement, pourrait, il faudrait"),
    today=listed("actuellement, pour le moment, malheureusement, erreur, problème"),
    wishes=listed("en tant que, en tant qu', je veux, je voudrais, nous voulons, afin de"),
    small=listed("""
        le, la, les, un, une, des, de, du, et, ou, à, au, aux, en, est, sont, que, qui, pour, par, dans, sur
    """),
)

SPANISH = Words(
    criteria=listed("criterios de aceptación, criterio de aceptación, criterios de aceptacion"),
    headings_only=listed("condiciones de satisfacción, definición de hecho, definición de terminado"),
    placeholders=listed("por definir, pendiente, ninguno, ninguna, no aplica, ver arriba, por completar"),
    given=listed("dado, dada, dados, dadas"),
    when=("cuando",),
    then=("entonces",),
    obliged=listed("debe, deben, deberá, deberán"),
    forbidden=listed("no debe, no deben, no puede, no pueden"),
    vague=listed("""
        rápido, rápida, fácil, sencillo, sencilla, intuitivo, intuitiva, amigable, moderno, moderna, mejor
    """),
    unsure=listed("quizás, tal vez, podría, podríamos"),
    today=listed("actualmente, por el momento, lamentablemente, error, problema"),
    wishes=listed("como un, como una, quiero, queremos, me gustaría, para que"),
    small=listed("el, la, los, las, un, una, de, del, y, o, a, al, en, es, son, que, para, por, con, se"),
)

DUTCH = Words(
    criteria=listed("acceptatiecriteria, acceptatiecriterium, acceptatie criteria"),
    headings_only=listed("definition of done, klaar wanneer, klaar als"),
    placeholders=listed("volgt, nog te bepalen, nader te bepalen, geen, niet van toepassing, nvt, n.v.t, zie boven"),
    given=listed("gegeven, stel"),
    when=listed("als, wanneer"),
    then=("dan",),
    obliged=listed("moet, moeten, dient, dienen"),
    forbidden=listed("mag niet, mogen niet, kan niet, kunnen niet, mag alleen, mogen alleen"),
    vague=listed(
        "snel, sneller, makkelijk, gemakkelijk, eenvoudig, intuïtief, gebruiksvriendelijk, modern, beter, mooi"
    ),
    unsure=listed("misschien, wellicht, zou kunnen, eventueel"),
    today=listed("momenteel, op dit moment, helaas, fout, probleem"),
    wishes=listed("als een, wil ik, ik wil, willen we, zodat"),
    small=listed("de, het, een, en, of, van, te, in, op, aan, voor, met, is, zijn, dat, die, er, niet"),
)

PORTUGUESE = Words(
    criteria=listed("critérios de aceitação, critério de aceitação, critérios de aceite, criterios de aceitação"),
    headings_only=listed("definição de pronto, definição de feito"),
    placeholders=listed("a definir, pendente, nenhum, nenhuma, não se aplica, ver acima, em breve"),
    given=listed("dado, dada, dados, dadas"),
    when=("quando",),
    then=listed("então, entao"),
    obliged=listed("deve, devem, deverá, deverão"),
    forbidden=listed("não deve, não devem, não pode, não podem"),
    vague=listed("rápido, rápida, fácil, simples, intuitivo, intuitiva, amigável, moderno, moderna, melhor"),
    unsure=listed("talvez, poderia, poderíamos"),
    today=listed("atualmente, no momento, infelizmente, erro, problema"),
    wishes=listed("como um, como uma, eu quero, queremos, gostaria, para que"),
    small=listed("o, a, os, as, um, uma, de, do, da, e, ou, em, no, na, é, são, que, para, por, com, se"),
)

ITALIAN = Words(
    criteria=listed("criteri di accettazione, criterio di accettazione, criteri di accettabilità"),
    headings_only=listed("definizione di fatto, definition of done"),
    placeholders=listed("da definire, da completare, nessuno, nessuna, non applicabile, vedi sopra"),
    given=listed("dato, data, dati, date"),
    when=("quando",),
    then=("allora",),
    obliged=listed("deve, devono, dovrà, dovranno"),
    forbidden=listed("non deve, non devono, non può, non possono"),
    vague=listed("veloce, facile, semplice, intuitivo, intuitiva, moderno, moderna, migliore"),
    unsure=listed("forse, magari, potrebbe, potremmo"),
    today=listed("attualmente, al momento, purtroppo, errore, problema"),
    wishes=listed("come utente, voglio, vorrei, vogliamo, in modo da"),
    small=listed("il, lo, la, i, gli, le, un, una, di, del, della, e, o, a, in, è, sono, che, per, con, si"),
)
