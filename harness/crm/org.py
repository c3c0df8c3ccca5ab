"""Which Salesforce org, and how to sign in: an endpoint's settings, checked before any request."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import SourceError
from harness.http_server import Secret, Server, address, is_variable, secret_of

FLOWS: Mapping[str, tuple[str, ...]] = {
    "client_credentials": ("client_id", "client_secret"),
    "refresh_token": ("client_id", "client_secret", "refresh_token"),
}
"""How to sign in, and the secrets that it takes. The first is the default."""
_OPTIONS = {"api_version": "62.0", "flow": "client_credentials", "wait_seconds": 3600, "keep_jobs": True}
_VERSION = re.compile(r"[4-9][0-9]\.0\Z")
_DOCS = "docs/crm_delivery.md shows what an endpoint of kind salesforce may hold"


@dataclass(frozen=True)
class Org:
    """One org, as an endpoint of planwise.toml names it."""

    name: str
    server: Server
    """The address of the org's own login ("My Domain"); it has no token yet."""
    flow: str
    secrets: Mapping[str, Secret]
    version: str
    wait: float
    """Seconds to wait for a job; what has not ended by then is asked for by the next delivery."""
    keep_jobs: bool
    """Whether finished jobs are left in the org, where its administrator sees them for seven days."""

    @property
    def data(self) -> str:
        """The path below which the REST APIs of this version are."""
        return f"/services/data/v{self.version}"


def org(
    name: str,
    url: str,
    options: Mapping[str, Any],
    secrets: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
) -> Org:
    """Check an endpoint's settings; `secrets` name environment variables, never hold the secrets themselves.

    Raises SourceError (exit 2). Plain http is refused but for this machine: a client secret crosses the wire.
    """
    root, is_loopback = address(
        url,
        what="a Salesforce org",
        example="https://yourfirm.my.salesforce.com",
        instead="name variables in `secrets` of the endpoint",
    )
    if root.startswith("http:") and not is_loopback:
        raise _bad(name, "plain http: everybody on the way could read the secrets", "use https://")
    chosen = {**_OPTIONS, **options}
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown:
        raise _bad(name, f"options.{unknown[0]} is not known", f"there are {', '.join(_OPTIONS)}")
    if chosen["flow"] not in FLOWS:
        raise _bad(name, f"options.flow {chosen['flow']!r} is not known", f"there are {', '.join(FLOWS)}")
    if not _VERSION.match(str(chosen["api_version"])):
        raise _bad(name, f"options.api_version {chosen['api_version']!r}", "from 41.0 on, as in 62.0")
    if not isinstance(chosen["wait_seconds"], int | float) or not 0 <= chosen["wait_seconds"] <= 86400:
        raise _bad(name, f"options.wait_seconds {chosen['wait_seconds']!r}", "seconds, at most 86400")
    if not isinstance(chosen["keep_jobs"], bool):
        raise _bad(name, f"options.keep_jobs {chosen['keep_jobs']!r}", "true or false")
    found = _secrets(name, FLOWS[chosen["flow"]], secrets, os.environ if environment is None else environment)
    return Org(
        name,
        Server(root, Secret(), is_loopback),
        chosen["flow"],
        found,
        str(chosen["api_version"]),
        float(chosen["wait_seconds"]),
        chosen["keep_jobs"],
    )


def _secrets(
    name: str, needed: tuple[str, ...], named: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, Secret]:
    odd = sorted(set(named) - set(needed))
    if odd:
        raise _bad(name, f"secrets.{odd[0]} is not used by this flow", f"it takes {', '.join(needed)}")
    found = {}
    for key in needed:
        variable = named.get(key)
        if variable is None:
            raise _bad(
                name,
                f"secrets.{key} is missing",
                f'secrets = {{{key} = "SF_{key.upper()}"}}: a variable\'s name',
            )
        if not isinstance(variable, str) or not is_variable(variable):
            # it may be the secret itself: it is not shown
            raise _bad(
                name, f"what secrets.{key} holds is no name of a variable", "the secret itself stays out"
            )
        found[key] = secret_of(variable, environment.get(variable, ""))
        if not found[key]:
            raise _bad(name, f"${variable} is not set", f"put the {key} of the org's app into it")
    return found


def _bad(name: str, what: str, right: str) -> SourceError:
    return SourceError("bad_endpoint", f"endpoint {name}: {what}", f"{right}; {_DOCS}")
