"""Cases for the finder of acceptance criteria: the same content in many dresses, formats and languages.

A document is a list of parts, written in four markups, as plain lines, or as the field for criteria. What it says does
not depend on the dress: criteria stay stated, and whatever is put in their place stays absent.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from connectors.markup import adf, html, markdown, wiki
from connectors.markup.adf import Node
from rules.model import Block, BlockKind, ItemKind, RichText, WorkItem

Part = tuple[str, str]
"""A kind (heading, bold, text, bullet, number, task, row, code, struck, link, image) and its words."""

STATED, ABSENT = "stated", "absent"


class Words(NamedTuple):
    """What people write in one language."""

    heading: str
    other: str
    """Another name for the same section."""
    compound: str
    misspelled: str
    notes: str
    """The name of a section that holds something else."""
    one: str
    two: str
    story: str
    scenario: tuple[str, str, str]
    done_when: str
    placeholders: tuple[str, ...]
    promises: tuple[str, ...]
    pointers: tuple[str, ...]
    help: str
    template: tuple[str, str, str]
    question: str


LANGUAGES: dict[str, Words] = {
    "en": Words(
        heading="Acceptance criteria",
        other="Conditions of satisfaction",
        compound="Requirements & acceptance criteria",
        misspelled="Acceptence criteria",
        notes="Notes",
        one="The file has one line for each order",
        two="A clerk without the role gets an error message",
        story="As a clerk I want to export orders so that the auditor can read them.",
        scenario=("Given there are no orders", "When I export them", "Then the file is empty"),
        done_when="Done when the auditor can open the file",
        placeholders=("TBD", "n/a", "to be defined", "see above"),
        promises=("PO to add", "Will be added in refinement", "none yet"),
        pointers=("see epic", "See the wiki page", "As described in Confluence"),
        help="Please describe how we can check that this is done",
        template=("Given <context>", "When <action>", "Then <outcome>"),
        question="Which format can the auditor read?",
    ),
    "de": Words(
        heading="Akzeptanzkriterien",
        other="Abnahmekriterien",
        compound="Anforderungen und Akzeptanzkriterien",
        misspelled="Akzeptanzkritierien",
        notes="Hinweise",
        one="Die Datei hat eine Zeile je Bestellung",
        two="Ohne die Rolle erscheint eine Fehlermeldung",
        story="Als Sachbearbeiterin möchte ich Bestellungen exportieren, damit die Prüferin sie lesen kann.",
        scenario=("Angenommen es gibt keine Bestellungen", "Wenn ich sie exportiere", "Dann ist die Datei leer"),
        done_when="Fertig, wenn die Prüferin die Datei öffnen kann",
        placeholders=("offen", "folgt noch", "k. A.", "siehe oben"),
        promises=("PO ergänzt", "Wird im Refinement geklärt", "noch keine"),
        pointers=("siehe Epic", "Siehe Wiki", "Beschrieben in Confluence"),
        help="Bitte beschreiben, wie wir das prüfen können",
        template=("Angenommen <Kontext>", "Wenn <Aktion>", "Dann <Ergebnis>"),
        question="Welches Format kann die Prüferin lesen?",
    ),
    "fr": Words(
        heading="Critères d'acceptation",
        other="Critères de recette",
        compound="Exigences et critères d'acceptation",
        misspelled="Critères d'acceptaion",
        notes="Remarques",
        one="Le fichier contient une ligne par commande",
        two="Sans le rôle, un message d'erreur s'affiche",
        story="En tant que gestionnaire, je veux exporter les commandes afin de les transmettre.",
        scenario=("Étant donné qu'il n'y a aucune commande", "Quand j'exporte", "Alors le fichier est vide"),
        done_when="Terminé quand l'auditeur peut ouvrir le fichier",
        placeholders=("à définir", "à compléter", "néant", "voir ci-dessus"),
        promises=("Le PO doit compléter", "Seront ajoutés plus tard", "pas encore"),
        pointers=("voir l'epic", "Voir Confluence", "Décrits dans la maquette"),
        help="Décrivez ici comment vérifier le résultat",
        template=("Étant donné <contexte>", "Quand <action>", "Alors <résultat>"),
        question="Quel format l'auditeur peut-il lire ?",
    ),
    "es": Words(
        heading="Criterios de aceptación",
        other="Condiciones de aceptación",
        compound="Requisitos y criterios de aceptación",
        misspelled="Critérios de aceptacion",
        notes="Notas",
        one="El archivo tiene una línea por pedido",
        two="Sin el rol aparece un mensaje de error",
        story="Como gestor quiero exportar pedidos para que el auditor los lea.",
        scenario=("Dado que no hay pedidos", "Cuando los exporto", "Entonces el archivo está vacío"),
        done_when="Terminado cuando el auditor puede abrir el archivo",
        placeholders=("por definir", "pendiente", "no aplica", "ver arriba"),
        promises=("El PO debe completar", "Se añadirán más tarde", "aún no"),
        pointers=("ver la épica", "Ver Confluence", "Descritos en el documento"),
        help="Describa aquí cómo comprobar el resultado",
        template=("Dado <contexto>", "Cuando <acción>", "Entonces <resultado>"),
        question="¿Qué formato puede leer el auditor?",
    ),
    "pt": Words(
        heading="Critérios de aceitação",
        other="Critérios de aceite",
        compound="Requisitos e critérios de aceitação",
        misspelled="Critérios de aceitacão",
        notes="Observações",
        one="O arquivo tem uma linha por pedido",
        two="Sem o papel aparece uma mensagem de erro",
        story="Como gestor eu quero exportar pedidos para que o auditor os leia.",
        scenario=("Dado que não há pedidos", "Quando eu exporto", "Então o arquivo está vazio"),
        done_when="Pronto quando o auditor consegue abrir o arquivo",
        placeholders=("a definir", "pendente", "não se aplica", "ver acima"),
        promises=("O PO vai adicionar", "Serão definidos no refinamento", "ainda não"),
        pointers=("ver épico", "Ver Confluence", "Descritos no documento"),
        help="Descreva aqui como verificar o resultado",
        template=("Dado <contexto>", "Quando <ação>", "Então <resultado>"),
        question="Que formato o auditor consegue ler?",
    ),
    "it": Words(
        heading="Criteri di accettazione",
        other="Condizioni di accettazione",
        compound="Requisiti e criteri di accettazione",
        misspelled="Criteri di acettazione",
        notes="Osservazioni",
        one="Il file ha una riga per ogni ordine",
        two="Senza il ruolo compare un messaggio di errore",
        story="Come utente voglio esportare gli ordini in modo da inviarli.",
        scenario=("Dato che non ci sono ordini", "Quando li esporto", "Allora il file è vuoto"),
        done_when="Fatto quando il revisore può aprire il file",
        placeholders=("da definire", "da completare", "nessuno", "vedi sopra"),
        promises=("Il PO deve completare", "Verranno aggiunti in seguito", "non ancora"),
        pointers=("vedi epica", "Vedi Confluence", "Descritti nel documento"),
        help="Descrivere qui come verificare il risultato",
        template=("Dato <contesto>", "Quando <azione>", "Allora <risultato>"),
        question="Quale formato può leggere il revisore?",
    ),
    "nl": Words(
        heading="Acceptatiecriteria",
        other="Acceptatievoorwaarden",
        compound="Eisen en acceptatiecriteria",
        misspelled="Acceptatiecritera",
        notes="Opmerkingen",
        one="Het bestand heeft één regel per bestelling",
        two="Zonder de rol verschijnt een foutmelding",
        story="Als medewerker wil ik bestellingen exporteren zodat de auditor ze kan lezen.",
        scenario=("Gegeven er zijn geen bestellingen", "Als ik ze exporteer", "Dan is het bestand leeg"),
        done_when="Klaar wanneer de auditor het bestand kan openen",
        placeholders=("volgt", "nog te bepalen", "n.v.t.", "zie boven"),
        promises=("PO vult aan", "Wordt nog aangevuld", "nog geen"),
        pointers=("zie epic", "Zie Confluence", "Beschreven in het document"),
        help="Beschrijf hier hoe we dit controleren",
        template=("Gegeven <context>", "Als <actie>", "Dan <resultaat>"),
        question="Welk formaat kan de auditor lezen?",
    ),
    "pl": Words(
        heading="Kryteria akceptacji",
        other="Kryteria odbioru",
        compound="Wymagania i kryteria akceptacji",
        misspelled="Kryteria akceptacij",
        notes="Uwagi",
        one="Plik ma jeden wiersz na zamówienie",
        two="Bez roli pojawia się komunikat o błędzie",
        story="Jako pracownik chcę eksportować zamówienia, aby audytor mógł je przeczytać.",
        scenario=("Mając brak zamówień", "Gdy je eksportuję", "Wtedy plik jest pusty"),
        done_when="Gotowe, gdy audytor może otworzyć plik",
        placeholders=("do ustalenia", "do uzupełnienia", "nie dotyczy", "patrz wyżej"),
        promises=("PO uzupełni", "Zostaną dodane później", "jeszcze nie"),
        pointers=("patrz epik", "Zobacz Confluence", "Opisane w dokumencie"),
        help="Opisz tutaj, jak to sprawdzić",
        template=("Mając <kontekst>", "Gdy <akcja>", "Wtedy <wynik>"),
        question="Jaki format może przeczytać audytor?",
    ),
    "ja": Words(
        heading="受け入れ基準",
        other="完了条件",
        compound="要件と受け入れ基準",
        misspelled="受入基準",
        notes="備考",
        one="ファイルには注文ごとに1行がある",
        two="権限のない利用者にはエラーが表示される",
        story="担当者として、監査人が読めるように注文をエクスポートしたい。",
        scenario=("前提注文が1件もない", "もしエクスポートする", "ならばファイルは空である"),
        done_when="完了の定義：監査人がファイルを開ける",
        placeholders=("未定", "なし", "検討中", "TBD"),
        promises=("POが後で追記", "後日追記予定", "まだ未定"),
        pointers=("エピックを参照", "Wikiを参照してください", "設計書に記載"),
        help="ここに完了の条件を記入してください",
        template=("前提<状況>", "もし<操作>", "ならば<結果>"),
        question="監査人はどの形式を読めますか？",
    ),
    "zh": Words(
        heading="验收标准",
        other="验收条件",
        compound="需求和验收标准",
        misspelled="驗收標準",
        notes="备注",
        one="文件中每个订单占一行",
        two="没有角色的用户会看到错误信息",
        story="作为文员，我想导出订单，以便审计员阅读。",
        scenario=("假如没有订单", "当我导出订单时", "那么文件为空"),
        done_when="完成的定义：审计员可以打开文件",
        placeholders=("待定", "无", "待补充", "TBD"),
        promises=("由PO补充", "稍后补充", "尚未确定"),
        pointers=("见史诗", "详见Confluence", "参见设计文档"),
        help="请在此填写验收标准",
        template=("假如<场景>", "当<操作>", "那么<结果>"),
        question="审计员可以阅读哪种格式？",
    ),
}


# How a document is written.

_WIKI: dict[str, Callable[[str], str]] = {
    "heading": "h3. {}".format,
    "bold": "*{}*".format,
    "text": "{}".format,
    "bullet": "* {}".format,
    "number": "# {}".format,
    "task": "* [ ] {}".format,
    "row": lambda words: f"|{words.replace(' | ', '|')}|",
    "code": lambda words: f"{{code:{words.split(chr(10), 1)[0]}}}\n{words.split(chr(10), 1)[1]}\n{{code}}",
    "quote": "bq. {}".format,
    "struck": "* -{}-".format,
    "link": "[{}|https://wiki.example.org/page]".format,
    "image": "!{}|thumbnail!".format,
    "title": "{{panel:title={}}}".format,
}
_MARKDOWN: dict[str, Callable[[str], str]] = {
    "heading": "### {}\n".format,
    "bold": "**{}**\n".format,
    "text": lambda words: f"{words.replace('<', '&lt;')}\n",
    "bullet": lambda words: f"- {words.replace('<', '&lt;')}",
    "number": "1. {}".format,
    "task": "- [ ] {}".format,
    "row": lambda words: f"| {words} |",
    "code": lambda words: f"```{words}\n```",
    "quote": "> {}\n".format,
    "struck": "- ~~{}~~".format,
    "link": "[{}](https://wiki.example.org/page)\n".format,
    "image": "![{}](https://files.example.org/x.png)\n".format,
    "title": "<details><summary>{}</summary>\n".format,
}
_HTML: dict[str, Callable[[str], str]] = {
    "heading": "<h3>{}</h3>".format,
    "bold": "<div><b>{}</b></div>".format,
    "text": lambda words: f"<div>{words.replace('<', '&lt;')}</div>",
    "bullet": lambda words: f"<ul><li>{words.replace('<', '&lt;')}</li></ul>",
    "number": "<ol><li>{}</li></ol>".format,
    "task": "<div><input type='checkbox'>{}</div>".format,
    "row": lambda words: "<tr>" + "".join(f"<td>{cell}</td>" for cell in words.split(" | ")) + "</tr>",
    "code": lambda words: '<pre><code class="language-{}">{}</code></pre>'.format(*words.split("\n", 1)),
    "quote": "<blockquote>{}</blockquote>".format,
    "struck": "<ul><li><s>{}</s></li></ul>".format,
    "link": '<div><a href="https://wiki.example.org/page">{}</a></div>'.format,
    "image": '<div><img src="x.png" alt="{}"></div>'.format,
    "title": "<details><summary>{}</summary>".format,
}
_PLAIN: dict[str, Callable[[str], str]] = {
    "heading": "{}:".format,
    "bold": "{}".format,
    "bullet": "- {}".format,
    "number": "1) {}".format,
    "task": "☐ {}".format,
    "row": "| {} |".format,
    "code": lambda words: f"```{words}\n```",
    "quote": "> {}".format,
    "link": lambda _words: "https://wiki.example.org/page",
}


def as_wiki(parts: list[Part]) -> RichText:
    return wiki.parse("\n".join(_WIKI[kind](words) for kind, words in parts))


def as_markdown(parts: list[Part]) -> RichText:
    written: list[str] = []
    before = ""
    for kind, words in parts:
        if kind == "row" and before != "row":
            written += ["", _MARKDOWN["row"](words), "|" + "---|" * (words.count(" | ") + 1)]
        else:
            written.append(_MARKDOWN[kind](words) if kind == before else f"\n{_MARKDOWN[kind](words)}")
        before = kind
    return markdown.parse("\n".join(written).replace("\n\n| ", "\n| ") if "row" in dict(parts) else "\n".join(written))


def as_html(parts: list[Part]) -> RichText:
    return html.parse("".join(_HTML[kind](words) for kind, words in parts))


def as_adf(parts: list[Part]) -> RichText:
    return adf.parse(msgspec.convert({"type": "doc", "content": [_node(kind, words) for kind, words in parts]}, Node))


def as_lines(parts: list[Part]) -> RichText:
    lines = "\n".join(_PLAIN.get(kind, "{}".format)(words) for kind, words in parts).split("\n")
    return tuple(Block(BlockKind.PARAGRAPH, line) for line in lines)


FORMATS: dict[str, Callable[[list[Part]], RichText]] = {
    "wiki": as_wiki,
    "markdown": as_markdown,
    "html": as_html,
    "adf": as_adf,
    "lines": as_lines,
}


def _text(words: str, mark: str = "") -> dict[str, object]:
    marks = {"link": [{"type": "link", "attrs": {"href": "https://wiki.example.org/page"}}]}.get(mark, [{"type": mark}])
    return {"type": "text", "text": words, **({"marks": marks} if mark else {})}


def _node(kind: str, words: str) -> dict[str, object]:  # noqa: PLR0911 - one branch a kind
    paragraph = {"type": "paragraph", "content": [_text(words)]}
    match kind:
        case "heading":
            return {"type": "heading", "attrs": {"level": 3}, "content": [_text(words)]}
        case "bold" | "struck" | "link":
            mark = {"bold": "strong", "struck": "strike"}.get(kind, kind)
            return {"type": "paragraph", "content": [_text(words, mark)]}
        case "bullet" | "number":
            return {"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph]}]}
        case "task":
            item = {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [_text(words)]}
            return {"type": "taskList", "content": [item]}
        case "row":
            cells = [
                {"type": "tableCell", "content": [{"type": "paragraph", "content": [_text(cell)]}]}
                for cell in words.split(" | ")
            ]
            return {"type": "table", "content": [{"type": "tableRow", "content": cells}]}
        case "code":
            language, code = words.split("\n", 1)
            return {"type": "codeBlock", "attrs": {"language": language}, "content": [_text(code)]}
        case "quote":
            return {"type": "blockquote", "content": [paragraph]}
        case "image":
            return {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"alt": words}}]}
        case "title":
            return {"type": "expand", "attrs": {"title": words}, "content": []}
        case _:
            return paragraph


# What is written.


class Case(NamedTuple):
    """One item and what it says about its criteria."""

    name: str
    item: WorkItem
    label: str
    variant: str = ""
    """What the rule should say, where that matters."""


def stated(words: Words) -> dict[str, list[Part]]:
    """Documents that say when the item is done."""
    story, heading = ("text", words.story), ("heading", words.heading)
    one, two = ("bullet", words.one), ("bullet", words.two)
    given, when, then = words.scenario
    return {
        "heading and bullets": [story, heading, one, two],
        "bold line and text": [story, ("bold", words.heading), ("text", words.one)],
        "capitals": [("heading", words.heading.upper()), one],
        "other name": [story, ("heading", words.other), one],
        "compound name": [story, ("heading", words.compound), one, two],
        "misspelled": [story, ("bold", words.misspelled), one],
        "name before a colon": [story, ("text", f"{words.heading}: {words.one}")],
        "name in the text": [("text", f"{words.story} {words.heading}: {words.one}.")],
        "numbered": [story, heading, ("number", words.one), ("number", words.two)],
        "boxes": [story, ("task", words.one), ("task", words.two)],
        "label cell": [story, ("row", f"Story | {words.story}"), ("row", f"{words.heading} | {words.one}")],
        "header cell": [("row", f"Story | {words.heading}"), ("row", f"{words.story} | {words.one}")],
        "title of a panel": [story, ("title", words.heading), one],
        "scenario": [story, ("text", given), ("text", when), ("text", then)],
        "scenario as bullets": [story, heading, ("bullet", given), ("bullet", when), ("bullet", then)],
        "scenario in a code block": [story, ("code", f"gherkin\n{given}\n{when}\n{then}")],
        "done when": [story, ("text", words.done_when)],
        "between other sections": [
            ("heading", words.notes),
            story,
            heading,
            one,
            ("heading", words.notes),
            ("text", "Sam knows."),
        ],
        "one beside a placeholder": [story, heading, ("bullet", words.placeholders[0]), two],
    }


def brief(words: Words) -> dict[str, Part]:
    """One line that says when the item is done."""
    return {
        "abbreviation without a colon": ("text", f"A.C. {words.one}"),
        "number without a separator": ("text", f"AC 1 {words.one}"),
        "only a label cell": ("row", f"{words.heading} | {words.one}"),
    }


def absent(words: Words) -> dict[str, tuple[list[Part], str]]:
    """Documents that do not, with what the rule says."""
    story, heading = ("text", words.story), ("heading", words.heading)
    cases: dict[str, tuple[list[Part], str]] = {
        "nothing but a story": ([story], "none"),
        "empty section": ([story, heading, ("heading", words.notes), ("text", "Sam knows.")], "empty-heading"),
        "help text": ([story, heading, ("text", words.help)], "placeholder"),
        "template": ([story, heading, *(("bullet", line) for line in words.template)], "placeholder"),
        "template without a heading": ([story, *(("text", line) for line in words.template)], "none"),
        "question": ([story, heading, ("bullet", words.question)], "placeholder"),
        "struck out": ([story, heading, ("struck", words.one), ("struck", words.two)], "placeholder"),
        "link": ([story, heading, ("link", "Wiki")], "pointer"),
        "image": ([story, heading, ("image", "mockup.png")], "pointer"),
        "quoted": ([story, ("quote", f"{words.heading}: {words.one}")], "none"),
        "in code": ([story, ("code", f"java\n// {words.heading}: {words.one}")], "none"),
    }
    cases |= {f"placeholder {said}": ([story, heading, ("bullet", said)], "placeholder") for said in words.placeholders}
    cases |= {f"promise {said}": ([story, heading, ("text", said)], "placeholder") for said in words.promises}
    cases |= {f"pointer {said}": ([story, heading, ("text", said)], "pointer") for said in words.pointers}
    return cases


ENGLISH_STATED = [
    "AC: the file opens",
    "A/C: the file opens",
    "A.C.: the file opens",
    "For audits. A/C: the file opens",
    "ACs:\n- the file opens",
    "AC1: the file opens\nAC2: it is signed",
    "AC #1: the file opens",
    "AC 1 - the file opens",
    "AC-1) the file opens",
    "AC1\nthe file opens",
    "Accepted when the file opens in a spreadsheet",
    "We're done when the file opens in a spreadsheet",
    "This story is done when the auditor can read the file.",
    "Done when: the file opens",
    "Acceptance criteria / tests\n- the file opens",
    "User acceptance criteria\n- the file opens",
    "Acceptance critera:\n- the file opens",
    "Aceptance criteria\n- the file opens",
    "Acceptance Cirteria:\n- the file opens",
    "ACCEPTANCE CRITERIA\n- the file opens",
    "1. Acceptance criteria\n- the file opens",
    "Acceptance criteria (draft):\n- the file opens",
    "Acceptance criteria for the export:\n- the file opens",
    "✅ Acceptance criteria\n- the file opens",
    "Functional acceptance criteria:\n- the file opens",
    "Definition of done\n- the file opens",
    "[ ] the file opens\n[ ] it is signed",
    "☐ the file opens\n☐ it is signed",
    "Given no orders, when I export them, then the file is empty.",
    "Scenario: none\nGiven no orders\nWhen I export them\nThen the file is empty",
    "- Given no orders\n- When I export them\n- Then the file is empty",
    "GIVEN no orders WHEN I export them THEN the file is empty",
    "Acceptance criteria\n- TBD with UX\n- the file opens within 2 seconds",
    "Acceptance criteria\n- the user sees an error if the password is wrong",
    "Acceptance criteria\n- See the total of all open orders on the first page",
    "Acceptance criteria\n- Users can choose to add a file",
    "Acceptance criteria\n- Orders will be added to the archive at night",
    "Acceptance criteria\n- [Save] is disabled while [Name] is empty",
    "Acceptance criteria\n- As per the contract, totals are rounded to two digits",
    "Acceptance criteria\n- Pending orders are listed first",
    "Acceptance criteria\n- Missing fields are highlighted",
    "Acceptance criteria\n- No error is logged",
    "Expected result: one line for each order",
    "How to test: export May and open the file in a spreadsheet",
    "| Acceptance criteria | the file opens in a spreadsheet |",
    "| Story | Acceptance criteria | Priority |\n| Export | the file opens in a spreadsheet | high |",
    "| Input | Expected |\n| none | empty file |",
]
STATED_IN_OTHER_LANGUAGES = [
    "C'est terminé quand l'auditeur ouvre le fichier.",
    "Nous avons terminé quand l'auditeur ouvre le fichier.",
    "Hemos terminado cuando el auditor abre el archivo.",
    "Terminamos quando o auditor abre o arquivo.",
    "Abbiamo finito quando il revisore apre il file.",
    "We zijn klaar als de auditor het bestand opent.",
    "Jest gotowe, gdy audytor otworzy plik.",
    "Critères de réussite\n- le fichier s'ouvre",
    "完成の定義\n- 監査人がファイルを開ける",
    "验收标准（草稿）\n- 审计员可以打开文件",
]
ABSENT_IN_OTHER_LANGUAGES = [
    ("Critérios de aceitação\n- a ser definido", "placeholder"),
    ("Critérios de aceitação\n- ainda não definido", "placeholder"),
    ("Acceptatiecriteria\n- nog niet bekend", "placeholder"),
    ("受け入れ基準\n- 後で記入", "placeholder"),
    ("受け入れ基準\n- （ここに記入）", "placeholder"),
    ("验收标准\n- （在此填写）", "placeholder"),
]
ENGLISH_ABSENT = [
    ("Acceptance criteria\nGiven <context> when <action> then <outcome>", "placeholder"),
    ("Acceptance criteria\nGiven [x], when [y], then [z]", "placeholder"),
    ("Acceptance criteria\nGiven x, when y, then z", "placeholder"),
    ("Acceptance criteria\nGiven … when … then …", "placeholder"),
    ("Acceptance criteria\n- …", "placeholder"),
    ("Acceptance criteria\n- Criterion 1\n- Criterion 2", "placeholder"),
    ("Acceptance criteria\nLorem ipsum dolor sit amet", "placeholder"),
    ("Acceptance criteria\nasdf", "placeholder"),
    ("Acceptance criteria\nSam", "placeholder"),
    ("Acceptance criteria\n@sam", "placeholder"),
    ("Acceptance criteria\nSam Miller", "placeholder"),
    ("Acceptance criteria\n2026-05-01", "placeholder"),
    ("Acceptance criteria\n01.05.2026", "placeholder"),
    ("Acceptance criteria\nSprint 12", "placeholder"),
    ("Acceptance criteria\nhttps://wiki.example.org/page", "pointer"),
    ("Acceptance criteria\nPAY-12", "pointer"),
    ("Acceptance criteria: see PAY-12", "pointer"),
    ("Acceptance criteria: see attached mockup", "pointer"),
    ("Acceptance criteria: as per design", "pointer"),
    ("Acceptance criteria: refer to the spec", "pointer"),
    ("Acceptance criteria are described in Confluence", "none"),
    ("Acceptance criteria: PO to add", "placeholder"),
    ("Acceptance criteria: BA will provide these later", "placeholder"),
    ("Acceptance criteria: in refinement", "placeholder"),
    ("Acceptance criteria: to be discussed with UX", "placeholder"),
    ("Acceptance criteria: needs refinement", "placeholder"),
    ("Acceptance criteria: not yet defined", "placeholder"),
    ("Acceptance criteria: none", "placeholder"),
    ("Acceptance criteria: ???", "placeholder"),
    ("Acceptance criteria: Which format? Who reads it?", "placeholder"),
    ("Acceptance criteria\n- Which format?\n- Who reads it?", "placeholder"),
    ("Acceptance criteria\nPlease describe how we can check", "placeholder"),
    ("Acceptance criteria\nWhat must be true for this to be accepted?", "placeholder"),
    ("Acceptance criteria\nExport orders", "title-again"),
    ("Acceptance criteria\n- It should be fast and user-friendly", "untestable"),
    ("Acceptance criteria\n- Works properly\n- Looks nice", "untestable"),
    ("AC: 22 kW", "none"),
    ("Charging with AC: 22 kW", "none"),
    ("AC: 230 V", "none"),
    ("AC: 400 V / 32 A", "none"),
    ("A.C. power of the charging station: 11 kW", "none"),
    ("Acceptance criteria: as per the mock-up", "pointer"),
    ("Given that we use Redis, this is slow. When I looked yesterday, it took a minute. Then we restarted it.", "none"),
    ("Given the deadline, this is urgent.\nWhen Tom is back, he will look at it.\nThen we decide.", "none"),
    ("Given the customers complain. When I look at it I get angry. Then we should discuss it.", "none"),
    ("Given many users are lost. When they come, they call us. Then somebody must help them.", "none"),
    ("Given\nWhen\nThen", "none"),
    ("See the acceptance criteria of the epic.", "none"),
    ("We should write acceptance criteria.", "none"),
    ("There are no acceptance criteria", "none"),
    ("The acceptance test suite fails on the build server.", "none"),
    ("Out of scope\n- the file is signed", "none"),
    ("Tasks\n- [ ] write the code", "none"),
    ("java.lang.AssertionError: expected:<1> but was:<2>", "none"),
]  # fmt: skip


def _item(text: RichText, criteria: RichText | None = None, title: str = "Export orders") -> WorkItem:
    return WorkItem(tracker="t", id="1", key="T-1", kind=ItemKind.STORY, title=title, text=text, criteria=criteria)


def _brief_cases(language: str, words: Words) -> Iterator[Case]:
    for name, part in brief(words).items():
        for form in ("wiki", "markdown"):
            yield Case(f"{language} {name} in {form}", _item(FORMATS[form]([part])), STATED)


def cases() -> Iterator[Case]:
    """Every case: each document of each language in two formats, the field in each language, and English forms."""
    formats = list(FORMATS)
    number = 0
    for language, words in LANGUAGES.items():
        for name, parts in stated(words).items():
            for form in (formats[number % 5], formats[(number + 2) % 5]):
                yield Case(f"{language} {name} in {form}", _item(FORMATS[form](parts)), STATED)
            number += 1
        for name, (parts, variant) in absent(words).items():
            for form in (formats[number % 5], formats[(number + 2) % 5]):
                if form != "lines" or not {"struck", "image"} & dict(parts).keys():
                    yield Case(f"{language} {name} in {form}", _item(FORMATS[form](parts)), ABSENT, variant)
            number += 1
        yield from _brief_cases(language, words)
        field = (Block(BlockKind.PARAGRAPH, words.one),)
        yield Case(f"{language} field", _item((Block(BlockKind.PARAGRAPH, words.story),), field), STATED)
        for said, variant in ((words.placeholders[0], "placeholder"), (words.pointers[0], "pointer")):
            yield Case(f"{language} field: {said}", _item((), (Block(BlockKind.PARAGRAPH, said),)), ABSENT, variant)
    for source in (*ENGLISH_STATED, *STATED_IN_OTHER_LANGUAGES):
        yield Case(source, _item(_lines(source)), STATED)
    for source, variant in (*ENGLISH_ABSENT, *ABSENT_IN_OTHER_LANGUAGES):
        yield Case(source, _item(_lines(source)), ABSENT, variant)


def _lines(source: str) -> RichText:
    return tuple(Block(BlockKind.PARAGRAPH, line) for line in source.split("\n"))
