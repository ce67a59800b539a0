"""French: headings, placeholders, scenario words and obligations."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

FRENCH = Vocabulary(
    criteria=phrases("critères d'acceptation, critère d'acceptation, critères d’acceptation, critères d'acceptance"),
    headings_only=phrases("critères de succès, définition de fini, definition of done, conditions de satisfaction"),
    placeholders=phrases("à définir, à compléter, à venir, à faire, à préciser, aucun, aucune, néant, voir ci-dessus"),
    given=phrases("étant donné, étant donnée, étant donnés, soit, sachant que"),
    when=phrases("quand, lorsque, lorsqu'"),
    then=phrases("alors, donc"),
    obligations=phrases("doit, doivent, devra, devront"),
    prohibitions=phrases("ne doit pas, ne doivent pas, ne peut pas, ne peuvent pas, est interdit"),
    vague=phrases(
        "rapide, facile, simple, intuitif, intuitive, convivial, conviviale, moderne, efficace, mieux, meilleur"
    ),
    hedges=phrases("peut-être, éventuellement, pourrait, il faudrait"),
    current_state=phrases("actuellement, pour le moment, malheureusement, erreur, problème"),
    wish_openings=phrases("en tant que, en tant qu', je veux, je voudrais, nous voulons, afin de"),
    stop_words=phrases("""
        le, la, les, un, une, des, de, du, et, ou, à, au, aux, en, est, sont, que, qui, pour, par, dans, sur
    """),
)
