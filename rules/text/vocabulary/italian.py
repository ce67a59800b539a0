"""Italian: headings, placeholders, scenario words and obligations."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

ITALIAN = Vocabulary(
    criteria=phrases("criteri di accettazione, criterio di accettazione, criteri di accettabilità"),
    headings_only=phrases("definizione di fatto, definition of done"),
    placeholders=phrases("da definire, da completare, nessuno, nessuna, non applicabile, vedi sopra"),
    given=phrases("dato, data, dati, date"),
    when=("quando",),
    then=("allora",),
    obligations=phrases("deve, devono, dovrà, dovranno"),
    prohibitions=phrases("non deve, non devono, non può, non possono"),
    vague=phrases("veloce, facile, semplice, intuitivo, intuitiva, moderno, moderna, migliore"),
    hedges=phrases("forse, magari, potrebbe, potremmo"),
    current_state=phrases("attualmente, al momento, purtroppo, errore, problema"),
    wish_openings=phrases("come utente, voglio, vorrei, vogliamo, in modo da"),
    stop_words=phrases("il, lo, la, i, gli, le, un, una, di, del, della, e, o, a, in, è, sono, che, per, con, si"),
)
