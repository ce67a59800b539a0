"""The word lists of Spanish. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

SPANISH = Vocabulary(
    criteria=phrases("""
        criterios de aceptación, criterio de aceptación, criterios de aceptacion, criterio de aceptacion, condiciones
        de aceptación, criterios de validación, criterios de éxito
    """),
    headings_only=phrases("""
        ca, criterios, aceptación, reglas de negocio, requisitos, requisitos funcionales, requerimientos, condiciones de
        satisfacción, definición de hecho, definición de terminado, definition of done, pruebas de aceptación, terminado
        cuando, hecho cuando, listo cuando, aceptado si
    """),
    qualifiers=phrases("""
        funcionales, técnicos, principales, nuevos, requisitos, pruebas, y, los, de, negocio, iniciales, provisionales
    """),
    done_when=phrases("""
        terminado cuando, hemos terminado cuando, hecho cuando, listo cuando, está terminado cuando, está listo
        cuando, aceptado si, aceptado cuando
    """),
    other_sections=phrases("""
        contexto, descripción, notas, observaciones, objetivo, solución, detalles, información adicional,
        dependencias, riesgos, ejemplo, ejemplos, implementación
    """),
    ignored_sections=phrases("""
        fuera de alcance, fuera del alcance, preguntas abiertas, preguntas, enlaces, adjuntos, tareas, subtareas
    """),
    expected=phrases("resultado esperado, resultados esperados, comportamiento esperado, esperado"),
    steps=phrases("pasos, pasos para reproducir"),
    actual=phrases("resultado actual, resultado obtenido, comportamiento actual"),
    placeholders=phrases("""
        por definir, por determinar, por confirmar, pendiente, pendientes, en proceso, en curso, en revisión, ninguno,
        ninguna, nada, no aplica, n/a, ver arriba, ver descripción, ver título, por completar, por añadir, más tarde,
        próximamente, criterio, aún no, todavía no, sin definir, desconocido, ídem, idem, como se acordó, sin criterios
    """),
    template_instructions=phrases("""
        por favor describa, por favor describe, por favor añada, por favor indique, por favor complete, describa aquí,
        describe aquí, describa cómo, describe cómo, describa los, indique aquí, indique los, añada aquí, liste aquí,
        liste los, escriba aquí, escribe aquí, inserte aquí, cómo podemos comprobar, cómo comprobar
    """),
    promises=phrases("""
        será completado, serán completados, será definido, serán definidos, será escrito, serán escritos, por definir,
        por determinar, por completar, por añadir, por confirmar, por aclarar, a definir, debe completar, debe definir,
        debe añadir, debe aclarar, va a completar, va a definir, va a añadir, completará, definirá, añadirá, se
        definirá, se definirán, se completará, se completarán, se añadirá, se añadirán, aún no, todavía no, aún sin, en
        refinamiento, en curso, pendiente, pendientes, pendiente de, a la espera
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, el, la, los, las, equipo, nosotros, product, owner, negocio, cliente, completado,
        completados, escrito, escritos, detallado, detallados, por, criterios, criterio, aceptación, detalles, más,
        tarde, pronto, refinamiento, planning, planificación, taller, sprint, próximo, historia, ticket, reunión,
        después, durante, con, definidos, definición, hay, refinement, discusión, ver, definir, completar, añadir,
        aclarar, discutir, confirmar, validar, escribir, favor, lunes, martes, miércoles, jueves, viernes, enero,
        febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre, nada, no, momento,
        juntos, tarea, técnica, descrito, descritos, mismo, misma, será, serán, pendiente
    """),
    pointers=phrases("""
        ver, ver también, véase, vea, consultar, consulte, según, conforme a, cf, descrito en, descritos en,
        documentado en, documentados en, definidos en, disponibles en, como en, en el, en la, están en, detalles en
    """),
    pointer_targets=phrases("""
        épica, epic, wiki, confluence, anexo, adjunto, documento, documentación, diseño, diseños, figma, miro,
        maqueta, maquetas, mockup, captura, especificación, spec, ticket, historia, página, enlace, enlaces,
        comentario, comentarios, excel, correo, pdf, jira, feature, sharepoint
    """),
    given=phrases("dado, dada, dados, dadas"),
    when=("cuando",),
    then=("entonces",),
    obligations=phrases("debe, deben, deberá, deberán"),
    prohibitions=phrases("no debe, no deben, no puede, no pueden"),
    vague_terms=phrases("""
        rápido, rápida, fácil, sencillo, sencilla, intuitivo, intuitiva, amigable, moderno, moderna, mejor
    """),
    hedges=phrases("quizás, tal vez, podría, podríamos"),
    current_state=phrases("actualmente, por el momento, lamentablemente, error, problema"),
    wish_openings=phrases("como un, como una, quiero, queremos, me gustaría, para que"),
    stop_words=phrases("el, la, los, las, un, una, de, del, y, o, a, al, en, es, son, que, para, por, con, se"),
    to_do_patterns=phrases("por *ar, por *er, por *ir, a *ar, a *er, a *ir"),
    spike_names=phrases("investigación, estudio, estudio de viabilidad, análisis"),
    spike_openings=phrases("investigar, estudio de viabilidad, evaluar opciones"),
)
