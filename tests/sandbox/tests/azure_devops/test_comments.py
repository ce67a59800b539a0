"""Comments in both formats, and what each does to the item."""

import pytest

from steward_sandbox.azure_devops import Actor


def test_a_comment_is_html_unless_it_says_otherwise(azure):
    plain = azure.comment("PAY-2", "<b>a</b> <placeholder>").json()
    marked = azure.comment("PAY-2", "**a** List<string>", format="markdown").json()
    assert (plain["format"], plain["text"]) == ("html", "<b>a</b> ")
    assert (marked["format"], marked["text"]) == ("markdown", "**a** List")


@pytest.mark.parametrize("server", ["2020", "2022"])
def test_older_servers_know_no_format(serve, world_of, server):
    azure = serve(world_of(server=server))
    made = azure.comment("PAY-2", "**a**", version=f"{azure.version}-preview.3", format="markdown").json()
    assert ("format" in made, made["text"]) == (False, "**a**")


def test_writing_editing_and_deleting_are_revisions_each(azure):
    revs = [azure.item("PAY-2")["rev"]]
    made = azure.comment("PAY-2", "one").json()["id"]
    revs.append(azure.item("PAY-2")["rev"])
    path = azure.comment_path("PAY-2", made)
    assert azure.send("PATCH", path, {"text": "two"}, version="7.1-preview.4").json()["version"] == 2
    revs.append(azure.item("PAY-2")["rev"])
    assert azure.send("DELETE", path, version="7.1-preview.4").status_code == 204
    revs.append(azure.item("PAY-2")["rev"])
    assert [rev - revs[0] for rev in revs] == [0, 1, 2, 3]
    assert azure.send("GET", path, version="7.1-preview.4").status_code == 404
    assert azure.comments("PAY-2")["comments"] == []


def test_pages_in_either_order(serve, world_of):
    world = world_of()
    azure = serve(world, comments_a_page=2)
    ana = Actor(world, "Ana Silva")
    written = [ana.comment("PAY-2", str(n)).id for n in range(5)]
    for order, expected in (("asc", written), ("desc", written[::-1])):
        found, token = [], None
        while True:
            page = azure.comments("PAY-2", order=order, **({"continuationToken": token} if token else {}))
            assert page["totalCount"] == 5
            found += [one["id"] for one in page["comments"]]
            token = page.get("continuationToken")
            if token is None:
                break
        assert found == expected


def test_what_others_wrote_is_theirs(azure, ana, code):
    hers = ana.comment("PAY-2", "mine").id
    answer = azure.send("PATCH", azure.comment_path("PAY-2", hers), {"text": "x"}, version="7.1-preview.4")
    assert code(answer)[:2] == (403, "AccessCheckException")


def test_an_item_in_another_project_is_not_found_here(azure, ana):
    made = ana.comment("PAY-2", "x").id
    ana.move("PAY-2", "OPS")
    path = f"PAY/_apis/wit/workItems/{azure.id('PAY-2')}/comments/{made}"
    assert azure.send("GET", path, version="7.1-preview.4").status_code == 404
    assert [one["id"] for one in azure.comments("PAY-2")["comments"]] == [made]
