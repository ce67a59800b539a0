"""Spanish: headings, placeholders, scenario words and obligations."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

SPANISH = Vocabulary(
    criteria=phrases("criterios de aceptación, criterio de aceptación, criterios de aceptacion"),
    headings_only=phrases("condiciones de satisfacción, definición de hecho, definición de terminado"),
    placeholders=phrases("por definir, pendiente, ninguno, ninguna, no aplica, ver arriba, por completar"),
    given=phrases("dado, dada, dados, dadas"),
    when=("cuando",),
    then=("entonces",),
    obligations=phrases("debe, deben, deberá, deberán"),
    prohibitions=phrases("no debe, no deben, no puede, no pueden"),
    vague=phrases("""
        rápido, rápida, fácil, sencillo, sencilla, intuitivo, intuitiva, amigable, moderno, moderna, mejor
    """),
    hedges=phrases("quizás, tal vez, podría, podríamos"),
    current_state=phrases("actualmente, por el momento, lamentablemente, error, problema"),
    wish_openings=phrases("como un, como una, quiero, queremos, me gustaría, para que"),
    stop_words=phrases("el, la, los, las, un, una, de, del, y, o, a, al, en, es, son, que, para, por, con, se"),
)
