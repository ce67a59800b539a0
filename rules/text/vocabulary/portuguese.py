"""The word lists of Portuguese. `Vocabulary` says what each list is for."""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

PORTUGUESE = Vocabulary(
    criteria=phrases("""
        critérios de aceitação, critério de aceitação, critérios de aceite, critério de aceite, criterios de
        aceitação, criterios de aceite, criterios de aceitacao, condições de aceitação, critérios de validação,
        critérios de sucesso
    """),
    headings_only=phrases("""
        ca, critérios, aceitação, aceite, regras de negócio, requisitos, requisitos funcionais, definição de pronto,
        definição de feito, definition of done, testes de aceitação, testes de aceite, pronto quando, feito quando,
        concluído quando, aceito se
    """),
    qualifiers=phrases("""
        funcionais, técnicos, principais, novos, requisitos, testes, e, os, de, negócio, iniciais, provisórios
    """),
    done_when=phrases("""
        pronto quando, feito quando, concluído quando, está pronto quando, está concluído quando, terminamos quando,
        aceito se, aceito quando, aceite quando
    """),
    other_sections=phrases("""
        contexto, descrição, notas, observações, objetivo, solução, detalhes, informações adicionais, dependências,
        riscos, exemplo, exemplos, implementação
    """),
    ignored_sections=phrases("""
        fora do escopo, fora de escopo, fora do âmbito, perguntas em aberto, perguntas, dúvidas, links, anexos,
        tarefas, subtarefas
    """),
    expected=phrases("resultado esperado, resultados esperados, comportamento esperado, esperado"),
    steps=phrases("passos, passos para reproduzir"),
    actual=phrases("resultado atual, resultado obtido, comportamento atual"),
    placeholders=phrases("""
        a definir, a determinar, a confirmar, a completar, pendente, pendentes, nenhum, nenhuma, nada, não se aplica,
        n/a, ver acima, ver descrição, ver título, em breve, mais tarde, por definir, critério, ainda não, sem
        definição, desconhecido, idem, conforme combinado, sem critérios
    """),
    template_instructions=phrases("""
        por favor descreva, por favor adicione, por favor indique, por favor preencha, favor descrever, favor
        preencher, descreva aqui, descreva como, descreva os, indique aqui, indique os, adicione aqui, liste aqui,
        liste os, escreva aqui, insira aqui, como podemos verificar, como verificar
    """),
    promises=phrases("""
        será preenchido, serão preenchidos, será escrito, serão escritos, será completado, serão completados, será
        detalhado, serão detalhados, a definir, a determinar, a completar, a adicionar, a confirmar, a esclarecer, por
        definir, por completar, deve completar, deve definir, deve adicionar, vai completar, vai definir, vai adicionar,
        irá completar, irá definir, irá adicionar, completará, definirá, adicionará, será definido, serão definidos,
        será adicionado, serão adicionados, ainda não, ainda sem, em refinamento, em andamento, a ser definido, a serem
        definidos, pendente, pendentes, pendente de, aguardando
    """),
    authoring_words=phrases("""
        po, pm, ba, qa, ux, o, a, os, as, equipe, equipa, time, nós, product, owner, negócio, cliente, preenchido,
        preenchidos, preencher, completado, escrito, escritos, pelo, pela, critérios, critério, aceitação, aceite,
        detalhes, mais, tarde, breve, refinamento, planning, planejamento, workshop, sprint, próximo, história, ticket,
        reunião, depois, durante, com, definidos, definição, há, refinement, discussão, no, na, ver, definir, completar,
        adicionar, esclarecer, discutir, confirmar, validar, escrever, combinar, favor, segunda, terça, quarta, quinta,
        sexta, janeiro, fevereiro, março, abril, maio, junho, julho, agosto, setembro, outubro, novembro, dezembro,
        nada, não, momento, juntos, tarefa, técnica, descrito, descritos, definido, mesmo, mesma, será, serão, pendente
    """),
    pointers=phrases("""
        ver, ver também, veja, vide, consultar, consulte, conforme, segundo, cf, descrito em, descritos em, descrito
        no, descritos no, documentado em, documentados em, documentados no, definidos em, definidos no, disponíveis
        em, disponíveis no, como em, no, na, estão no, estão na, detalhes no, detalhes na
    """),
    pointer_targets=phrases("""
        épico, epic, wiki, confluence, anexo, documento, documentação, design, figma, miro, protótipo, mockup,
        captura, especificação, spec, ticket, história, página, link, links, comentário, comentários, excel, planilha,
        e-mail, email, pdf, jira, feature, sharepoint
    """),
    given=phrases("dado, dada, dados, dadas"),
    when=("quando",),
    then=phrases("então, entao"),
    obligations=phrases("deve, devem, deverá, deverão"),
    prohibitions=phrases("não deve, não devem, não pode, não podem"),
    vague_terms=phrases("rápido, rápida, fácil, simples, intuitivo, intuitiva, amigável, moderno, moderna, melhor"),
    hedges=phrases("talvez, poderia, poderíamos"),
    current_state=phrases("atualmente, no momento, infelizmente, erro, problema"),
    wish_openings=phrases("como um, como uma, eu quero, queremos, gostaria, para que"),
    stop_words=phrases("o, a, os, as, um, uma, de, do, da, e, ou, em, no, na, é, são, que, para, por, com, se"),
    to_do_patterns=phrases("a *ar, a *er, a *ir, por *ar, por *er, por *ir"),
    spike_names=phrases("investigação, estudo, estudo de viabilidade, análise"),
    spike_openings=phrases("investigar, estudo de viabilidade, avaliar opções"),
)
