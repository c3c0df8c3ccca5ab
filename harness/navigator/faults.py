"""What a Navigator server says when something is wrong, in words for people."""

import json
import re

from harness.http_faults import ApiError, TransientApiError, Words, short

__all__ = ["WORDS", "ApiError", "TransientApiError", "told", "without_paths"]

_ADDRESS = re.compile(r"\s*https?://\S+")
_PATH = re.compile(r"(?:^|(?<=[\s'\"(=]))\s?(?:[A-Za-z]:)?[\\/][^\s'\",:)]+")


def without_paths(text: str) -> str:
    """A message of a run on one line, without drawn frames, addresses, and paths of the server's machine."""
    lines = [line for line in text.splitlines() if any(sign.isalnum() for sign in line)]
    plain = _ADDRESS.sub("", " ".join(" ".join(lines).split()))
    return short(_PATH.sub(" <path>", plain).removesuffix("For further information visit").strip())


def told(body: str) -> str:
    """What the server says in `detail`: a sentence, pydantic's list, or {message, errors}; on one line."""
    try:
        found = json.loads(body)
    except ValueError:
        return short(body)
    detail = found.get("detail", found) if isinstance(found, dict) else found
    if isinstance(detail, dict) and isinstance(detail.get("errors"), list):
        parts = [_part(error) for error in detail["errors"]]
        return short(f"{detail.get('message', 'refused')}: {'; '.join(parts)}")
    if isinstance(detail, list):
        return short("; ".join(_part(error) for error in detail))
    return short(detail if isinstance(detail, str) else json.dumps(detail))


def _part(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    where = error.get("loc") or [error.get("section"), error.get("field")]
    place = ".".join(str(part) for part in where if part is not None) if isinstance(where, list) else ""
    return f"{place}: {error.get('msg') or error.get('message') or ''}".strip(": ")


WORDS = Words(
    told=told,
    hints={
        400: "the server can't do this now; its message says why",
        401: "set the variable that --token-env names to the server's token; the server takes no other",
        403: "the token is known, but may not do this; ask whoever runs the server",
        404: "it may have been deleted, or the address is of another program; look at {root}/api/health",
        409: "it is busy with the same thing; wait until that has ended",
        413: "the server, or a proxy before it, takes no message of this size",
        422: "the server does not take this content; Navigator may be too old (2.1 or later is needed)",
    },
    unreachable="is the server running, and the address right? `planalign studio` or uvicorn starts it",
    redirected="give the final --api",
    wrong_token_is_usage=True,
)
