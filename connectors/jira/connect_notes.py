"""Sentences for an admin about what a connection to Jira found: the scope, the fields and the permissions."""

from collections.abc import Mapping
from functools import partial

from connectors.bulk_reads import try_request
from connectors.jira import payloads
from connectors.jira.fields import FieldMap
from connectors.jira.library import JiraLibrary
from connectors.jira.settings import JiraSettings

_WRITE_PERMISSIONS = ("EDIT_ISSUES", "ADD_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS")
"""Jira's keys of the permissions without which the service cannot write."""
_EDIT_ALL_PERMISSIONS = ("EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS")
"""Jira's keys of the permissions for comments of other accounts, such as one that the service used earlier."""

Permissions = Mapping[str, Mapping[str, bool]]
"""Whether the account has a permission, by the key of the project and the key of the permission."""


def scope_notes(
    settings: JiraSettings, scope: str, projects: Mapping[str, payloads.Project], *, lacks_finished: bool
) -> list[str]:
    """Notes about an empty scope, one without finished issues, and service-desk projects."""
    if not projects:
        return [f"The scope `{scope}` matches no items that this account can see."]
    notes = []
    if lacks_finished:
        notes.append(
            f"No finished item is in the scope `{scope}`, so sizes, durations and forecasts cannot be learned. If the "
            "scope leaves finished items out, for example with `statusCategory != Done` or `resolution is EMPTY`, "
            "remove that condition."
        )
    if settings.internal_comments:  # customers cannot read these, so service desks need no note
        return notes
    service_desks = [key for key, project in projects.items() if project.project_type_key == "service_desk"]
    notes += [
        f"{key} is a service-desk project: customers can read its comments, so nothing is written."
        for key in service_desks
    ]
    return notes


def field_notes(fields: FieldMap) -> list[str]:
    """Notes about fields that are missing, were lost, or cannot be used."""
    notes = [f'`{key}`: this site has no field "{name}".' for key, name in fields.missing_fields.items()]
    notes += [f"`{key}` {reason}" for key, reason in fields.unusable_fields.items()]
    if fields.lost_field_ids:
        lost = ", ".join(fields.lost_field_ids)
        notes.append(
            f"Fields that were found earlier are missing or renamed: {lost}. If an issue has no value in "
            "one of them, the value counts as unknown, not as empty. If other fields replace them, name those under "
            "`fields`."
        )
    if not fields.points and "fields.points" not in {*fields.missing_fields, *fields.unusable_fields}:
        notes.append("No field for story points was found. If there is one, name it in `fields.points`.")
    return notes


def read_permissions(library: JiraLibrary, projects: Mapping[str, payloads.Project]) -> Permissions:
    """Read the permissions of the account in each project. They are empty for a project where that fails.

    Args:
        library: The client that sends such requests with the `jira` package.
    """
    permission_keys = (*_WRITE_PERMISSIONS, *_EDIT_ALL_PERMISSIONS)
    return {key: try_request(partial(library.permissions, key, permission_keys)) or {} for key in projects}


def permission_notes(permissions: Permissions) -> list[str]:
    """Notes about permissions that the account needs for writing and lacks. An unknown permission counts as granted."""
    notes = []
    for key, granted in permissions.items():
        missing_permissions = [
            name.replace("_", " ").lower() for name in _WRITE_PERMISSIONS if not granted.get(name, True)
        ]
        if missing_permissions:
            notes.append(
                f"In {key} this account lacks the permission to {', '.join(missing_permissions)}; "
                "such writes will fail."
            )
    return notes


def projects_limited_to_own_comments(permissions: Permissions) -> tuple[str, ...]:
    """The keys of the projects in which the account may not edit and delete comments of other accounts."""
    return tuple(
        key
        for key, granted in permissions.items()
        if not all(granted.get(name, True) for name in _EDIT_ALL_PERMISSIONS)
    )
