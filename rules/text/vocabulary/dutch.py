"""Dutch: headings, placeholders, scenario words and obligations."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

DUTCH = Vocabulary(
    criteria=phrases("acceptatiecriteria, acceptatiecriterium, acceptatie criteria"),
    headings_only=phrases("definition of done, klaar wanneer, klaar als"),
    placeholders=phrases("volgt, nog te bepalen, nader te bepalen, geen, niet van toepassing, nvt, n.v.t, zie boven"),
    given=phrases("gegeven, stel"),
    when=phrases("als, wanneer"),
    then=("dan",),
    obligations=phrases("moet, moeten, dient, dienen"),
    prohibitions=phrases("mag niet, mogen niet, kan niet, kunnen niet, mag alleen, mogen alleen"),
    vague=phrases(
        "snel, sneller, makkelijk, gemakkelijk, eenvoudig, intuïtief, gebruiksvriendelijk, modern, beter, mooi"
    ),
    hedges=phrases("misschien, wellicht, zou kunnen, eventueel"),
    current_state=phrases("momenteel, op dit moment, helaas, fout, probleem"),
    wish_openings=phrases("als een, wil ik, ik wil, willen we, zodat"),
    stop_words=phrases("de, het, een, en, of, van, te, in, op, aan, voor, met, is, zijn, dat, die, er, niet"),
)
