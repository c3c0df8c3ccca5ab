"""The file system of an endpoint of kind fsspec, opened as its table says, secrets from the environment."""

import os
from collections.abc import Mapping
from typing import Any

from harness.errors import DeliveryError, SourceError
from harness.receivers.endpoint import Endpoint

_RENAMES = frozenset(("file", "local", "sftp", "ssh"))
"""Where a rename is one step and replaces what is there; elsewhere a "rename" is a copy."""
_SILENCE = 120.0
"""Seconds without an answer."""
_OURS = frozenset(("known_hosts", "probe"))


def opened(endpoint: Endpoint, environment: Mapping[str, str] = os.environ) -> tuple[Any, str]:
    """The file system and the path in it that the endpoint's url names. Nothing of it is cached or shared."""
    from fsspec.core import url_to_fs

    options = {name: value for name, value in endpoint.options.items() if name not in _OURS}
    for name in endpoint.secrets:
        _put(options, name, endpoint.secret(name, environment))
    scheme = endpoint.place.partition(":")[0]
    if scheme in ("sftp", "ssh"):
        options = _sftp(endpoint, options)
    elif scheme in ("s3", "s3a"):
        options = _s3(options)
    filesystem, path = url_to_fs(endpoint.place, skip_instance_cache=True, **options)
    if scheme in ("sftp", "ssh"):
        # the library waits for ever for a server that has stopped answering
        filesystem.ftp.get_channel().settimeout(_SILENCE)
    return filesystem, path.rstrip("/")


def has_renames(endpoint: Endpoint) -> bool:
    """Whether a rename there is one step."""
    return endpoint.place.partition(":")[0] in _RENAMES


def _put(options: dict[str, Any], name: str, value: str) -> None:
    """Set a secret; `client_kwargs.aws_session_token` goes one table down."""
    *tables, last = name.split(".")
    for table in tables:
        options[table] = dict(options.get(table) or {})
        options = options[table]
    options[last] = value


def _s3(options: dict[str, Any]) -> dict[str, Any]:
    """Attempts of the library are few: what is stored and tried again at its time is ours."""
    patience = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}
    return options | {
        "config_kwargs": patience | dict(options.get("config_kwargs") or {}),
        "use_listings_cache": False,
    }


def _sftp(endpoint: Endpoint, options: dict[str, Any]) -> dict[str, Any]:
    """A server whose key is not in known_hosts is refused; the library's default trusts whoever answers."""
    import paramiko

    given = endpoint.options.get("known_hosts") or "~/.ssh/known_hosts"
    path = os.path.expanduser(str(given))  # noqa: PTH111 - paramiko takes a string
    if "host_key_policy" in options:
        raise SourceError(
            "bad_endpoint",
            f"endpoint {endpoint.name}: host_key_policy can't be chosen",
            "known_hosts = FILE names the servers that are trusted",
        )

    class Known(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            known = paramiko.HostKeys()
            if os.path.exists(path):  # noqa: PTH110
                known.load(path)
            if not known.check(hostname, key):
                raise DeliveryError(
                    "unknown_host",
                    f"endpoint {endpoint.name}: the key of {hostname} is not in {path}",
                    f"compare it with what the server's owner says ({key.fingerprint}), then add it there"
                    " (ssh-keyscan)",
                )

    # what the table names counts, and no key of whoever happens to run this
    quiet = {"look_for_keys": "key_filename" not in options and "password" not in options}
    if "password" in options:
        quiet["allow_agent"] = False
    timeouts = {"timeout": 20, "banner_timeout": 20, "auth_timeout": 20}
    return timeouts | quiet | options | {"host_key_policy": Known()}
