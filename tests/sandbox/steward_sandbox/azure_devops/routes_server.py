"""What clients ask before they begin: the routes, who they are, where the areas are."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.locations import AREAS, RESOURCES
from steward_sandbox.azure_devops.model import Account
from steward_sandbox.azure_devops.routing import ORGANISATION, Route
from steward_sandbox.ids import stable_uuid

_ANY = ("vso.work", "vso.project", "vso.profile")


async def options(call: Call) -> Response:
    """Every resource with its versions."""
    highest = call.collection.highest_version
    return wire.listed(resource.shown(highest) for resource in RESOURCES.values())


async def connection_data(call: Call) -> Response:
    """Who asks, and what this is."""
    me = _identity(call, call.caller)
    server = call.collection.server is not None
    return wire.answer(
        {
            "authenticatedUser": me,
            "authorizedUser": me,
            "instanceId": call.collection.id,
            "deploymentId": stable_uuid("deployment"),
            "deploymentType": "onPremises" if server else "hosted",
            "locationServiceData": {
                "serviceOwner": stable_uuid("owner"),
                "defaultAccessMappingMoniker": "HostGuidAccessMapping",
                "lastChangeId": 1,
                "lastChangeId64": 1,
            },
        }
    )


async def resource_areas(call: Call) -> Response:
    """Where the areas are; on a server the list is empty, and everything is here."""
    if call.collection.server is not None:
        return wire.listed(())
    return wire.listed(_area(call, number) for number in AREAS)


async def resource_area(call: Call) -> Response:
    """Where one area is."""
    number = call.params["area"].casefold()
    if number not in AREAS or call.collection.server is not None:
        return wire.answer(None)
    return wire.answer(_area(call, number))


def _area(call: Call, number: str) -> dict[str, str]:
    return {"id": number, "name": AREAS[number], "locationUrl": f"{call.base}/"}


def _identity(call: Call, account: Account) -> dict[str, Any]:
    descriptor = call.nouns.person(account.id)["descriptor"]
    return {
        "id": account.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{account.unique_name}",
        "subjectDescriptor": descriptor,
        "providerDisplayName": account.name,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": account.unique_name}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


ROUTES = (
    Route("OPTIONS", "", options, ORGANISATION, "projects", _ANY),
    Route("GET", "connectionData", connection_data, ORGANISATION, "connection data", _ANY),
    Route("GET", "resourceAreas", resource_areas, ORGANISATION, "resource areas", _ANY),
    Route("GET", "resourceAreas/{area}", resource_area, ORGANISATION, "resource areas", _ANY),
)
