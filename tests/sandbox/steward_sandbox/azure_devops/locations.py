"""The resources of an organisation, as `OPTIONS _apis` lists them: the official client learns its routes there."""

from typing import Any

from msgspec import Struct


class Resource(Struct, frozen=True):
    """A resource of the API.

    Attributes:
        template: Its route, with `{area}` and `{resource}` to be filled in.
        revision: Its own latest version.
        lowest: The lowest version of the API that has it.
        released: Whether it can be had without saying that it is a preview.
    """

    id: str
    area: str
    name: str
    template: str
    revision: int
    lowest: tuple[int, int]
    released: bool

    def revision_at(self, number: tuple[int, int]) -> int:
        """Its own version at a version of the API: comments learned about formats with 7.1."""
        if self.name == "comments" and number < (7, 1):
            return 3
        return self.revision

    def shown(self, highest: tuple[int, int]) -> dict[str, Any]:
        """As the list shows it, on a server or organisation with this highest version."""
        top = f"{highest[0]}.{highest[1]}"
        return {
            "id": self.id,
            "area": self.area,
            "resourceName": self.name,
            "routeTemplate": self.template,
            "resourceVersion": self.revision_at(highest),
            "minVersion": f"{self.lowest[0]}.{self.lowest[1]}",
            "maxVersion": top,
            "releasedVersion": ("7.1" if highest > (7, 1) else top) if self.released else "0.0",
        }


_PLACES = {
    "O": "_apis/",
    "P": "{project}/_apis/",
    "T": "{project}/{team}/_apis/",
    "C": "{project}/_apis/wit/workItems/{workItemId}/comments/",
    "V": "{project}/_apis/wit/workItems/{workItemId}/comments/{commentId}/versions/",
    "A": "{project}/_apis/{area}/iterations/{iterationId}/",
    "I": "{project}/{team}/_apis/{area}/teamsettings/iterations/{iterationId}/",
    "W": "{project}/_apis/{area}/workitemtypes/{type}/",
}
_TABLE = """
projects|603fe2ac-9723-48b9-88ad-09305aa6c6e1|core|projects|O/{resource}/{*projectId}|4|1.0|
members|294c494c-2600-4d7e-b76c-3dd50c3c95be|core|members|O/projects/{projectId}/teams/{teamId}/{resource}|2|1.0|
all teams|7a4d9ee9-3433-4347-b47a-7a80f1cf307e|core|teams|O/{resource}|3|4.1|preview
old processes|93878975-88c5-4e6a-8abb-7ddd77a8a7d8|core|processes|O/process/{resource}/{*processId}|1|1.0|
teams|d30a3dd1-f8ba-442a-b86a-bd0c0c383e59|core|teams|O/projects/{projectId}/{resource}/{*teamId}|3|1.0|
connection data|00d9565f-ed9c-4a06-9a50-00e7896ccab4|Location|ConnectionData|O/{resource}|1|1.0|preview
resource areas|e81700f7-3be2-46de-8624-2eb35882fcaa|Location|ResourceAreas|O/{resource}/{areaId}|1|3.2|preview
processes|02cc6a73-5cfb-427d-8c8e-b49fb086e8af|processes|processes|O/work/{resource}/{processTypeId}|2|2.1|
tags|bc15bc60-e7a8-43cb-ab01-2106be3983a1|wit|tags|P/{area}/{resource}/{tagIdOrName}|1|5.2|
fields|b51fd764-e5c2-4b9b-aaf7-3395cf4bdd94|wit|fields|P/{area}/{resource}/{fieldNameOrRefName}|3|1.0|
nodes|5a172953-1b41-49d3-840a-33f79c3ce89f|wit|classificationNodes|P/{area}/{resource}/{structureGroup}/{*path}|2|1.0|
wiql|1a9c53f7-f243-4447-b110-35ef023636e4|wit|wiql|T/{area}/{resource}|2|1.0|
updates|6570bf97-d02c-4a91-8d93-3abe9895b1a9|wit|updates|P/{area}/workItems/{id}/updates/{updateNumber}|4|1.0|
new work items|62d3d110-0047-428c-ad3c-4fe872c91c74|wit|workItems|P/{area}/{resource}/${type}|3|1.0|
revision feed|f828fe59-dd87-495d-a17c-7a8d6211ca6c|wit|workItemRevisions|P/{area}/reporting/{resource}|2|2.0|
root nodes|a70579d1-f53a-48ee-a5be-7be8659023b9|wit|classificationNodes|P/{area}/{resource}|2|1.0|
batch|908509b6-4248-4475-a1cd-829139ba419f|wit|workItemsBatch|P/{area}/{resource}|1|5.0|
work items|72c7ddf8-2cdc-4f60-90cd-ab71c14a399b|wit|workItems|P/{area}/{resource}/{id}|3|1.0|
recycle bin|b70d8d39-926c-465e-b927-b1bf0e5ca0e0|wit|recyclebin|P/{area}/{resource}/{id}|2|2.1|
link feed|b5b5b6d0-0308-40a1-b3f4-b9bb3c66878f|wit|workItemLinks|P/{area}/reporting/{resource}|3|2.0|
comments|608aac0a-32e1-4493-a863-b9cf4566d257|wit|comments|C/{commentId}|4|5.1|preview
revisions|a00c85a5-80fa-4565-99c3-bcd2181434bb|wit|revisions|P/{area}/workItems/{id}/revisions/{revisionNumber}|3|1.0|
types|7c8d7a76-4a09-43e8-b5df-bd792f4ac6aa|wit|workItemTypes|P/{area}/{resource}/{type}|2|1.0|
type states|7c9d7a76-4a09-43e8-b5df-bd792f4ac6aa|wit|workItemTypeStates|W/states|1|1.0|
type fields|bd293ce5-3d25-4192-8e67-e8092e879efb|wit|workItemTypesField|W/fields/{field}|3|1.0|
comment versions|49e03b34-3be0-42e3-8a5d-e8dfb88ac954|wit|commentsVersions|V/{version}|1|5.1|preview
relation types|f5d33bc9-5b49-4a3c-a9bd-f3cd46dd2165|wit|workItemRelationTypes|O/{area}/{resource}/{relation}|2|1.0|
categories|9b9f5734-36c8-415e-ba67-f83b45c31408|wit|workItemTypeCategories|P/{area}/{resource}/{category}|2|1.0|
backlogs|a93726f9-7867-4e38-b4f2-0bfafc2f6a94|work|backlogs|T/{area}/{resource}/{id}|1|4.1|
team settings|c3c1012b-bea7-49d7-b45e-1664e566f84c|work|teamsettings|T/{area}/{resource}|1|2.0|
process configuration|f901ba42-86d2-4b0c-89c1-3f86d06daa84|work|processconfiguration|P/{area}/{resource}|1|2.0|
order|1c22b714-e7e4-41b9-85e0-56ee13ef55ed|work|workitemsorder|T/{area}/{resource}|1|5.1|
team field values|07ced576-58ed-49e6-9c1e-5cb53ab8bf2a|work|teamfieldvalues|T/{area}/teamsettings/{resource}|1|2.0|
backlog configuration|7799f497-3cb5-4f16-ad4f-5cd06012db64|work|backlogconfiguration|T/{area}/{resource}|1|2.0|
iterations|c9175577-28a1-4b06-9197-8636af9f64ad|work|iterations|T/{area}/teamsettings/{resource}/{id}|1|2.0|
backlog items|7c468d96-ab1d-4294-a360-92f07e9ccd98|work|backlogs|T/{area}/{resource}/{backlogId}/workItems|1|4.1|
days off|2d4faa2e-9150-4cbf-a47a-932b1b4a0773|work|teamdaysoff|I/{resource}|1|2.0|
iteration items|5b3ef1a6-d3ab-44cd-bafd-c7f45db850fa|work|workitems|I/{resource}|1|4.1|
iteration capacities|1e385ce0-396b-4273-8171-d64562c18d37|work|iterationcapacities|A/{resource}|1|6.1|
capacities|74412d15-8c1a-4352-a48d-ef1ed5587d57|work|capacities|I/{resource}/{teamMemberId}|3|2.0|
"""


def _resource(line: str) -> tuple[str, Resource]:
    name, *rest, revision, lowest, preview = line.split("|")
    major, _, minor = lowest.partition(".")
    ref, area, resource, template = rest
    place, _, after = template.partition("/")
    number = (int(major), int(minor))
    return name, Resource(ref, area, resource, _PLACES[place] + after, int(revision), number, not preview)


RESOURCES = dict(_resource(line) for line in _TABLE.strip().splitlines())
"""Every resource, by a plain name."""

AREAS = {
    "79134c72-4a58-4b42-976c-04e7115f32bf": "core",
    "5264459e-e5e0-4bd8-b118-0985e68a4ec5": "wit",
    "1d4f49f9-02b9-4e26-b826-2cdb6195f2a9": "work",
}
"""The areas that a client may look up before it begins."""
