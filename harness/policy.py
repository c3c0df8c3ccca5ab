"""Who may do what: roles, the operations of each, and which role somebody has.

The default is policy.json beside this file; a firm's own is policy.yml in its home: it may name users, the
default role, and what a role may do (a role that it names replaces the default one). It keeps people from
doing by mistake what is not theirs to do, and writes down who tried; it is no wall against somebody who may
write to the home itself: that is the operating system's part.
"""

import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import NotAllowed, SourceError

ROLES = ("viewer", "analyst", "consultant", "reviewer", "admin")
VARIABLE = "PLANWISE_ROLE"
DEFAULT = Path(__file__).with_name("policy.json")
"""JSON, which is YAML, too, and needs no import that each command would wait for."""
FILE = "policy.yml"
SCHEMA = "planwise-policy/1.0"
_KEYS = {"schema_version", "default_role", "users", "roles"}
_ROLE_KEYS = {"description", "includes", "may"}
_WRITABLE_BY_OTHERS = 0o022
_LONGEST = 100_000


@dataclass(frozen=True)
class Policy:
    """The roles with all that each may do, and who has which."""

    may: Mapping[str, frozenset[str]]
    """Operations by role, those of the roles that it includes among them."""
    includes: Mapping[str, frozenset[str]]
    """By role, the roles that it may act as: itself, and what it includes."""
    default_role: str
    users: Mapping[str, str]
    path: Path

    def allows(self, role: str, operation: str) -> bool:
        """Whether the role may do it; what no role names is for an admin."""
        known = any(operation in operations for operations in self.may.values())
        return operation in self.may[role] if known else role == "admin"

    def who_may(self, operation: str) -> list[str]:
        """The roles that may do it, the lowest first."""
        return [role for role in ROLES if self.allows(role, operation)]


@dataclass(frozen=True)
class Person:
    """Who asks, and as what."""

    user: str
    role: str
    how: str
    """Where the role comes from, in words."""


def user_name() -> str:
    """The operating system's name of the user; no variable changes it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def load(home: Path) -> Policy:
    """The firm's policy, on top of the default one. SourceError (exit 2) for one that can't be: nobody may do
    anything then, since a guess could be too much.
    """
    content, own = _default(), home / FILE
    path = DEFAULT
    if os.path.lexists(own):
        _trusted(own)
        given = _read(own)
        content = content | given | {"roles": content["roles"] | given.get("roles", {})}
        path = own
    return _resolved(content, path)


def person(policy: Policy, asked: str | None = None, user: str | None = None) -> Person:
    """Who it is and which role counts: the one asked for, else the user's own, else the default.

    SourceError for a role that there is not, NotAllowed for one that is not the user's to take.
    """
    name = user_name() if user is None else user
    asked = asked or os.environ.get(VARIABLE) or None
    own = policy.users.get(name, policy.default_role)
    how = "named in the policy" if name in policy.users else "the default role"
    if asked is None:
        return Person(name, own, how)
    if asked not in ROLES:
        raise SourceError("no_such_role", f"there is no role {asked!r}", f"one of: {', '.join(ROLES)}")
    if policy.users and asked not in policy.includes[own]:
        raise NotAllowed(
            "not_your_role",
            f"{name} can't act as {asked}: the role of {name} is {own} ({how}, {policy.path})",
            f"leave --role and {VARIABLE} out, or ask whoever keeps the policy",
        )
    return Person(name, asked, f"--role or {VARIABLE}")


def check(policy: Policy, who: Person, operation: str) -> None:
    """NotAllowed (exit 2) unless the role may do the operation."""
    if policy.allows(who.role, operation):
        return
    may = policy.who_may(operation)
    claim = f" with --role {may[0]} or {VARIABLE}={may[0]}" if may and not policy.users else ""
    raise NotAllowed(
        "not_allowed",
        f"{operation} is not for the role {who.role} ({who.how} of {who.user}); it is for: {', '.join(may)}",
        f"let one of them do it{claim}; the policy is {policy.path}",
    )


def require(settings: Settings, operation: str, asked: str | None = None) -> Person:
    """Load the policy and check one operation; return who does it."""
    policy = load(settings.home)
    who = person(policy, asked)
    check(policy, who, operation)
    return who


def _trusted(path: Path) -> None:
    found = path.stat() if path.is_file() else None
    if found is None:
        raise _bad(path, "is no file")
    if found.st_mode & _WRITABLE_BY_OTHERS:
        raise _bad(path, "can be written by others than its owner (chmod go-w)")
    if found.st_uid not in (0, os.getuid()) and found.st_uid != path.parent.stat().st_uid:
        raise _bad(path, "belongs neither to you, nor to root, nor to the owner of the home")


def _bad(path: Path, what: str) -> SourceError:
    return SourceError(
        "bad_policy", f"{path}: {what}", f"nothing is done until it is right; {DEFAULT} shows one"
    )


@cache
def _default() -> dict[str, Any]:
    return _read(DEFAULT)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(path, f"can't be read: {' '.join(str(error).split())}") from error
    if len(text) > _LONGEST:
        raise _bad(path, "is far too long for a policy")
    found = json.loads(text) if path == DEFAULT else _yaml(path, text)
    if not isinstance(found, dict) or found.get("schema_version") != SCHEMA:
        raise _bad(path, f"begins without `schema_version: {SCHEMA}`")
    if unknown := sorted(map(str, found.keys() - _KEYS)):
        raise _bad(path, f"there is no setting {', '.join(unknown)}; there is: {', '.join(sorted(_KEYS))}")
    _checked_users(path, found)
    _checked_roles(path, found.get("roles", {}))
    return found


def _yaml(path: Path, text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)  # safe_load, five times faster
    except (yaml.YAMLError, RecursionError) as error:
        raise _bad(path, f"can't be read: {' '.join(str(error).split())}") from error


def _checked_users(path: Path, found: dict[str, Any]) -> None:
    if "default_role" in found and found["default_role"] not in ROLES:
        raise _bad(path, f"default_role is {found['default_role']!r}, not one of {', '.join(ROLES)}")
    users = found.get("users", {})
    if not isinstance(users, dict):
        raise _bad(path, "users is no list of `name: role`")
    for name, role in users.items():
        if not isinstance(name, str) or role not in ROLES:
            raise _bad(path, f"users: {name!r} has {role!r}, which is not one of {', '.join(ROLES)}")


def _checked_roles(path: Path, roles: Any) -> None:
    if not isinstance(roles, dict):
        raise _bad(path, "roles is no list of roles")
    for name, role in roles.items():
        if name not in ROLES or not isinstance(role, dict) or not role.keys() <= _ROLE_KEYS:
            raise _bad(path, f"roles: {name!r} is none, or has more than {', '.join(sorted(_ROLE_KEYS))}")
        may, lower = role.get("may"), role.get("includes")
        if not isinstance(may, list) or not all(isinstance(operation, str) for operation in may):
            raise _bad(path, f"roles: {name}: may is no list of operations")
        # only a lower role: nothing can go round in a circle, and nobody gets more than the name says
        if lower is not None and (lower not in ROLES or ROLES.index(lower) >= ROLES.index(name)):
            raise _bad(
                path, f"roles: {name} can't include {lower!r}: only a role before it in {', '.join(ROLES)}"
            )


def _resolved(content: Mapping[str, Any], path: Path) -> Policy:
    may: dict[str, frozenset[str]] = {}
    includes: dict[str, frozenset[str]] = {}
    for name in ROLES:
        role = content["roles"][name]
        lower = role.get("includes")
        may[name] = frozenset(role["may"]) | may.get(lower, frozenset())
        includes[name] = frozenset({name}) | includes.get(lower, frozenset())
    known = {operation for role in _default()["roles"].values() for operation in role["may"]}
    if path != DEFAULT and (unknown := sorted(frozenset[str]().union(*may.values()) - known)):
        raise _bad(path, f"there is no operation {', '.join(unknown)}; there is: {', '.join(sorted(known))}")
    return Policy(may, includes, content["default_role"], content.get("users") or {}, path)
