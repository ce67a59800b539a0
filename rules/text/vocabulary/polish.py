"""The word lists of Polish. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

POLISH = Vocabulary(
    criteria=phrases("""
        kryteria akceptacji, kryterium akceptacji, kryteria akceptacyjne, kryterium akceptacyjne, warunki akceptacji,
        kryteria odbioru, warunki odbioru, kryteria ukończenia, kryteria sukcesu
    """),
    headings_only=phrases("""
        ka, ac, kryteria, akceptacja, reguły biznesowe, wymagania, wymagania funkcjonalne, definicja ukończenia,
        definition of done, testy akceptacyjne, gotowe gdy, gotowe kiedy, zrobione gdy, ukończone gdy, zaakceptowane gdy
    """),
    qualifiers=phrases("""
        funkcjonalne, techniczne, nowe, wstępne, główne, biznesowe, dodatkowe, wymagania, testy, i, oraz
    """),
    done_when=phrases("""
        gotowe gdy, gotowe kiedy, jest gotowe gdy, to jest gotowe gdy, zrobione gdy, ukończone gdy, zakończone gdy,
        zaakceptowane gdy
    """),
    other_sections=phrases("""
        kontekst, opis, notatki, uwagi, cel, rozwiązanie, szczegóły, dodatkowe informacje, zależności, ryzyka,
        przykład, przykłady, implementacja, tło
    """),
    ignored_sections=phrases("poza zakresem, pytania, otwarte pytania, linki, załączniki, zadania, podzadania"),
    expected=phrases("oczekiwany wynik, oczekiwany rezultat, oczekiwane zachowanie, oczekiwane"),
    steps=phrases("kroki, kroki do odtworzenia, kroki reprodukcji"),
    actual=phrases("aktualny wynik, aktualne zachowanie, rzeczywisty wynik, obecne zachowanie"),
    placeholders=phrases("""
        do ustalenia, do uzupełnienia, do zdefiniowania, do określenia, do omówienia, brak, nie dotyczy, n/d, nd,
        patrz wyżej, jak wyżej, patrz opis, patrz tytuł, później, wkrótce, kryterium, jeszcze nie, nieznane, w
        trakcie, jw, j.w, zgodnie z ustaleniami, nic
    """),
    template_instructions=phrases("""
        proszę opisać, proszę podać, proszę dodać, proszę uzupełnić, opisz tutaj, opisz tu, opisz jak, opisz w jaki,
        wpisz tutaj, wpisz tu, dodaj tutaj, podaj tutaj, wymień tutaj, uzupełnij, jak możemy sprawdzić, jak sprawdzić
    """),
    promises=phrases("""
        uzupełni, doda, zdefiniuje, dopisze, określi, ustali, musi uzupełnić, musi dodać, ma uzupełnić, ma dodać,
        zostanie uzupełnione, zostaną uzupełnione, zostaną dodane, zostaną zdefiniowane, zostaną określone, będą
        dodane, będą uzupełnione, będą zdefiniowane, do ustalenia, do uzupełnienia, do zdefiniowania, do określenia,
        do omówienia, do dodania, jeszcze nie, jeszcze brak, na razie brak, w trakcie, w refinemencie, oczekuje na,
        czekamy na
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, zespół, my, product, owner, biznes, klient, ktoś, właściciel, produktu, kryteria, kryteriów,
        kryterium, akceptacji, szczegóły, później, wkrótce, refinement, refinemencie, planning, planowanie, planowaniu,
        warsztat, sprint, następnym, historia, ticket, spotkanie, spotkaniu, na, w, z, podczas, zdefiniowane, ustaleniu,
        jeszcze, brak, zobaczyć, zdefiniować, uzupełnić, dodać, omówić, potwierdzić, ustalić, dogadać, poniedziałek,
        wtorek, środa, czwartek, piątek, styczeń, luty, marzec, kwiecień, maj, czerwiec, lipiec, sierpień, wrzesień,
        październik, listopad, grudzień, nic, nie, razem, zadanie, techniczne, opisane, taki, sam, samo, takie, zostaną,
        będą, proszę
    """),
    pointers=phrases("""
        patrz, zob, zobacz, zobacz też, zgodnie z, według, wg, por, opisane w, opisane na, udokumentowane w,
        zdefiniowane w, dostępne w, dostępne na, jak w, są w, są na, w, na, szczegóły w, szczegóły na
    """),
    pointer_targets=phrases("""
        epik, epiku, epic, wiki, confluence, załącznik, załączniku, załącznika, dokument, dokumencie, dokumentacja,
        dokumentacji, projekt, projekcie, figma, figmie, miro, makieta, makiecie, makietach, zrzut, specyfikacja,
        specyfikacji, spec, ticket, tickecie, zgłoszenie, strona, stronie, link, linki, komentarz, komentarze,
        komentarzu, komentarzach, excel, mail, mailu, pdf, jira, jirze, feature, sharepoint, makietą, projektem,
        dokumentem, specyfikacją, epikiem, umową
    """),
    given=phrases("mając, zakładając, zakładając że, mając dane"),
    when=phrases("jeżeli, jeśli, gdy, kiedy"),
    then=phrases("wtedy, to"),
    obligations=phrases("musi, muszą, powinien, powinna, powinno, powinny"),
    prohibitions=phrases("nie może, nie mogą, nie wolno"),
    vague_terms=phrases("""
        szybki, szybko, łatwy, łatwo, prosty, prosto, intuicyjny, intuicyjnie, nowoczesny, lepszy, lepiej, przyjazny
    """),
    hedges=phrases("może, być może, chyba, prawdopodobnie"),
    current_state=phrases("obecnie, aktualnie, teraz, niestety, błąd, problem"),
    wish_openings=phrases("jako, chcę, chciałbym, chcemy, aby, żeby"),
    stop_words=phrases("""
        i, w, na, z, do, o, od, po, za, dla, się, jest, są, to, że, a, oraz, lub, nie, jak, ten, ta, te, przez
    """),
    to_do_patterns=phrases("do *nia, do *cia"),
    spike_names=phrases("analiza, badanie, studium wykonalności"),
    spike_openings=phrases("zbadać, zbadaj, analiza wykonalności"),
)
