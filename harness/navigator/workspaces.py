"""Workspaces of a server, found by name and never guessed."""

from difflib import get_close_matches

from harness.errors import SourceError
from harness.navigator.api import Navigator


def workspace_named(api: Navigator, name: str, *, create: bool = False, dry_run: bool = False) -> str:
    """The id of the one workspace of that name; made when there is none and `create` says so.

    Empty in a dry run that would create it. Raises SourceError (exit 2): there is none, there are several.
    """
    found = [item for item in api.workspaces() if item["name"] == name]
    if len(found) == 1:
        return str(found[0]["id"])
    if found:
        raise SourceError(
            "workspace_twice",
            f"{len(found)} workspaces of {api.url} are named {name!r}",
            "rename all but one in Navigator: nothing is pushed to a guess",
        )
    if create:
        return "" if dry_run else str(api.create_workspace(name, "made by planwise")["id"])
    known = [item["name"] for item in api.workspaces()]
    near = get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)[:3]
    raise SourceError(
        "no_workspace",
        f"{api.url} has no workspace {name!r}",
        f"there are: {', '.join(near)}" if near else "there is none yet: --create-workspace makes it",
    )
