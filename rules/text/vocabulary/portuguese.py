"""Portuguese: headings, placeholders, scenario words and obligations."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

PORTUGUESE = Vocabulary(
    criteria=phrases("critérios de aceitação, critério de aceitação, critérios de aceite, criterios de aceitação"),
    headings_only=phrases("definição de pronto, definição de feito"),
    placeholders=phrases("a definir, pendente, nenhum, nenhuma, não se aplica, ver acima, em breve"),
    given=phrases("dado, dada, dados, dadas"),
    when=("quando",),
    then=phrases("então, entao"),
    obligations=phrases("deve, devem, deverá, deverão"),
    prohibitions=phrases("não deve, não devem, não pode, não podem"),
    vague=phrases("rápido, rápida, fácil, simples, intuitivo, intuitiva, amigável, moderno, moderna, melhor"),
    hedges=phrases("talvez, poderia, poderíamos"),
    current_state=phrases("atualmente, no momento, infelizmente, erro, problema"),
    wish_openings=phrases("como um, como uma, eu quero, queremos, gostaria, para que"),
    stop_words=phrases("o, a, os, as, um, uma, de, do, da, e, ou, em, no, na, é, são, que, para, por, com, se"),
)
