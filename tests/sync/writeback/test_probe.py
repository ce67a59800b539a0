import time


def test_probe(desk):
    t = time.monotonic()
    a = desk.round()
    print(time.monotonic() - t, a.trouble, a.found, a.applied, a.notes)
    for p in a.plan.items:
        print(p.key, p.edit, p.comment and p.comment.content.document.plain)
    for h in a.plan.held:
        print(h)
    t = time.monotonic()
    b = desk.round()
    print(time.monotonic() - t, b.applied, b.writes)
    print(desk.undo())
    print(len(desk.jira.calls))
