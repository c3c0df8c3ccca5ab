"""What can go wrong with a server, in words for people: what was asked, what came back, what to do next."""

import json
import re
from email.utils import parsedate_to_datetime
from typing import ClassVar

from harness.config import utc_now
from harness.errors import DeliveryError, Kind

_LONGEST = 500
_ADDRESS = re.compile(r"\s*https?://\S+")
_PATH = re.compile(r"(?:^|(?<=[\s'\"(=]))\s?(?:[A-Za-z]:)?[\\/][^\s'\",:)]+")
_HINTS = {
    400: "the server can't do this now; its message says why",
    401: "set the variable that --token-env names to the server's token; the server takes no other",
    403: "the token is known, but may not do this; ask whoever runs the server",
    404: "it may have been deleted, or the address is of another program; look at {root}/api/health",
    409: "it is busy with the same thing; wait until that has ended",
    413: "the server, or a proxy before it, takes no message of this size",
    422: "the server does not take this content; Navigator may be too old (2.1 or later is needed)",
}


class ApiError(DeliveryError):
    """The server refused, or can't be used; asking again changes nothing."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, status: int | None = None, usage: bool = False
    ) -> None:
        super().__init__(code, message, hint, 2 if usage else None)
        self.status = status


class TransientApiError(ApiError):
    """It may work when asked again. `maybe_done`: the request may have been carried out all the same."""

    kind: ClassVar[Kind] = "transient"
    maybe_done: bool = False
    retry_after: float | None = None


def transient(
    code: str,
    message: str,
    hint: str,
    *,
    status: int | None = None,
    maybe_done: bool,
    retry_after: float | None = None,
) -> TransientApiError:
    """Make one, with what the retries need to know."""
    error = TransientApiError(code, message, hint, status=status)
    error.maybe_done, error.retry_after = maybe_done, retry_after
    return error


def without_paths(text: str) -> str:
    """A message of a run on one line, without drawn frames, addresses, and paths of the server's machine."""
    lines = [line for line in text.splitlines() if any(sign.isalnum() for sign in line)]
    plain = _ADDRESS.sub("", " ".join(" ".join(lines).split()))
    return _short(_PATH.sub(" <path>", plain).removesuffix("For further information visit").strip())


def told(body: str) -> str:
    """What the server says in `detail`: a sentence, pydantic's list, or {message, errors}; on one line."""
    try:
        found = json.loads(body)
    except ValueError:
        return _short(body)
    detail = found.get("detail", found) if isinstance(found, dict) else found
    if isinstance(detail, dict) and isinstance(detail.get("errors"), list):
        parts = [_part(error) for error in detail["errors"]]
        return _short(f"{detail.get('message', 'refused')}: {'; '.join(parts)}")
    if isinstance(detail, list):
        return _short("; ".join(_part(error) for error in detail))
    return _short(detail if isinstance(detail, str) else json.dumps(detail))


def _part(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    where = error.get("loc") or [error.get("section"), error.get("field")]
    place = ".".join(str(part) for part in where if part is not None) if isinstance(where, list) else ""
    return f"{place}: {error.get('msg') or error.get('message') or ''}".strip(": ")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def of_status(status: int, what: str, root: str, said: str, retry_after: float | None) -> ApiError:
    """The error of an HTTP status from 300 on; `what` is the request, `said` the server's own words."""
    message = f"{what}: {status}: {said}" if said else f"{what}: the server answered {status}"
    if status < 400:
        return ApiError(
            "redirected",
            f"{what}: the server sends us elsewhere ({status}: {said or 'no address'})",
            "redirects are not followed, so that no other host gets the token: give the final --api",
            status=status,
            usage=True,
        )
    if status == 429 or status >= 500:
        hint = "the server is busy or failing; what was done so far is recorded, run the command again later"
        maybe_done = status not in (429, 503)
        return transient(
            "too_many_requests" if status == 429 else "server_failed",
            message,
            hint,
            status=status,
            maybe_done=maybe_done,
            retry_after=retry_after,
        )
    names = {401: "token_refused", 404: "not_there", 409: "conflict", 422: "not_accepted"}
    hint = _HINTS.get(status, _HINTS[400]).format(root=root)
    return ApiError(names.get(status, "refused"), message, hint, status=status, usage=status == 401)


def of_exception(error: Exception, what: str, why: str, silence: float) -> ApiError:
    """The error of a request that got no whole answer; `why` is the library's text without the token."""
    import requests
    from urllib3.exceptions import HTTPError, NewConnectionError

    if isinstance(error, requests.exceptions.SSLError):
        return ApiError(
            "not_trusted",
            f"{what}: the server's certificate is not accepted: {why}",
            "name your company's certificates in REQUESTS_CA_BUNDLE; verification can't be switched off",
        )
    if isinstance(error, requests.exceptions.ConnectTimeout) or any(
        isinstance(getattr(part, "reason", part), NewConnectionError) for part in error.args
    ):
        return transient(
            "unreachable",
            f"{what}: nobody answers there",
            "is the server running, and the address right? `planalign studio` or uvicorn starts it",
            maybe_done=False,
        )
    if isinstance(error, requests.exceptions.ReadTimeout) or "timed out" in why:
        return transient(
            "no_answer",
            f"{what}: no answer within {silence:g} seconds",
            "the server is busy; run the command again later",
            maybe_done=True,
        )
    if isinstance(error, requests.ConnectionError | HTTPError):
        return transient(
            "cut_off",
            f"{what}: the connection was cut off",
            "the server, or something on the way, closed it; run the command again",
            maybe_done=True,
        )
    return ApiError("no_request", f"{what}: {type(error).__name__}: {why}", "look at the address")


def retry_after(header: str | None) -> float | None:
    """Read Retry-After: seconds, or a date; null when it is neither."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
        return max(0.0, (moment - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None
