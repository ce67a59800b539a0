"""The word lists of French. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

FRENCH = Vocabulary(
    criteria=phrases("""
        critères d'acceptation, critère d'acceptation, critères d'acceptance, criteres d'acceptation, critères
        d'acceptabilité, critères de recette, conditions d'acceptation, critères de validation, critères de réussite
    """),
    headings_only=phrases("""
        ca, critères, critères de succès, définition de fini, définition du fini, definition of done, conditions de
        satisfaction, règles de gestion, règles métier, exigences, exigences fonctionnelles, tests d'acceptation,
        terminé quand, fini quand, c'est fini quand, accepté si
    """),
    qualifiers=phrases("""
        fonctionnels, techniques, principaux, nouveaux, exigences, tests, et, les, mes, métier, provisoires
    """),
    done_when=phrases("""
        terminé quand, terminé lorsque, nous avons terminé quand, nous avons fini quand, fini quand, c'est fini quand,
        c'est terminé quand, accepté si, accepté quand
    """),
    other_sections=phrases("""
        contexte, description, notes, remarques, besoin, objectif, solution, détails, informations complémentaires,
        dépendances, risques, exemple, exemples, mise en œuvre
    """),
    ignored_sections=phrases("""
        hors périmètre, questions ouvertes, questions, liens, pièces jointes, tâches, sous-tâches
    """),
    expected=phrases("résultat attendu, résultats attendus, comportement attendu, attendu"),
    steps=phrases("étapes, étapes pour reproduire, étapes de reproduction"),
    actual=phrases("résultat obtenu, comportement actuel, comportement observé, résultat actuel"),
    placeholders=phrases("""
        à définir, à compléter, à venir, à faire, à préciser, à déterminer, à discuter, aucun, aucune, néant, voir
        ci-dessus, voir description, voir titre, sans objet, non applicable, n/a, rien, critère, pas encore, plus
        tard, en attente, inconnu, idem, comme convenu, bientôt, aucun critère
    """),
    template_instructions=phrases("""
        veuillez décrire, veuillez préciser, veuillez ajouter, veuillez compléter, merci de décrire, merci de préciser,
        merci de compléter, décrire ici, décrivez ici, décrivez comment, décrivez les, indiquez ici, indiquez les,
        ajoutez ici, listez ici, listez les, saisissez, insérer ici, comment vérifier, comment pouvons-nous vérifier
    """),
    promises=phrases("""
        seront rédigés, seront définis, seront complétés, sera complété, sera défini, à rédiger, à définir, à compléter,
        à préciser, à déterminer, à discuter, à ajouter, doit compléter, doit définir, doit ajouter, doit préciser, doit
        rédiger, va compléter, va définir, va ajouter, va préciser, complétera, définira, ajoutera, sera ajouté, sera
        précisé, seront ajoutés, seront précisés, pas encore, en cours, en attente, encore à, en refinement, en affinage
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, le, la, les, nous, on, équipe, l'équipe, métier, product, owner, je, client, critères,
        critère, d'acceptation, acceptation, détails, plus, tard, bientôt, refinement, affinage, planning, atelier,
        sprint, prochain, story, ticket, réunion, ultérieurement, encore, lors, pendant, après, avec, définis,
        rédaction, définition, discussion, validation, voir, revoir, définir, compléter, ajouter, préciser, discuter,
        confirmer, valider, rédiger, merci, svp, besoin, lundi, mardi, mercredi, jeudi, vendredi, janvier, février,
        mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre, pas, rien, aucun, moment,
        instant, ensemble, tâche, technique, décrit, décrits, documentés, même, sera, seront
    """),
    pointers=phrases("""
        voir, voir aussi, se référer, se référer à, cf, selon, conformément à, décrit dans, décrits dans, documenté
        dans, documentés dans, définis dans, disponibles dans, comme dans, dans le, dans la, dans l'épic, sur le,
        détails dans
    """),
    pointer_targets=phrases("""
        epic, epics, épic, l'epic, l'épic, l'épopée, wiki, confluence, annexe, document, documentation, maquette,
        maquettes, figma, miro, capture, spécification, spécifications, spec, specs, ticket, story, page, lien, liens,
        commentaire, commentaires, excel, mail, pdf, jira, feature, cahier, pièce, jointe, sharepoint
    """),
    given=phrases("étant donné, étant donnée, étant donnés, soit, sachant que"),
    when=phrases("quand, lorsque, lorsqu'"),
    then=phrases("alors, donc"),
    obligations=phrases("doit, doivent, devra, devront"),
    prohibitions=phrases("ne doit pas, ne doivent pas, ne peut pas, ne peuvent pas, est interdit"),
    vague_terms=phrases("""
        rapide, facile, simple, intuitif, intuitive, convivial, conviviale, moderne, efficace, mieux, meilleur
    """),
    hedges=phrases("peut-être, éventuellement, pourrait, il faudrait"),
    current_state=phrases("actuellement, pour le moment, malheureusement, erreur, problème"),
    wish_openings=phrases("en tant que, en tant qu', je veux, je voudrais, nous voulons, afin de"),
    stop_words=phrases("""
        le, la, les, un, une, des, de, du, et, ou, à, au, aux, en, est, sont, que, qui, pour, par, dans, sur
    """),
    to_do_patterns=phrases("à *er, à *ir, à *re, à *oir"),
    spike_names=phrases("étude, étude de faisabilité, investigation"),
    spike_openings=phrases("étudier, étude de, étude de faisabilité, investiguer"),
)
