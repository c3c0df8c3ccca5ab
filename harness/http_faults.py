"""What can go wrong with a server, in words for people: what was asked, what came back, what to do next.

What is the same for every server is here; `Words` are one server's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from harness.config import utc_now
from harness.errors import DeliveryError, TransientDeliveryError

_LONGEST = 500
_LATER = 3600.0
"""Seconds before a server that has had enough of us for the day is asked again, where it names no time."""


class ApiError(DeliveryError):
    """The server refused, or can't be used; asking again changes nothing."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, status: int | None = None, usage: bool = False
    ) -> None:
        DeliveryError.__init__(self, code, message, hint, 2 if usage else None)
        self.status = status


class TransientApiError(ApiError, TransientDeliveryError):
    """It may work when asked again. `maybe_done`: the request may have been carried out all the same."""

    maybe_done: bool = False
    retry_after: float | None = None


@dataclass(frozen=True)
class Words:
    """How one kind of server is spoken of: what an answer's body says, and what to do about a status."""

    told: Callable[[str], str]
    hints: Mapping[int, str]
    """By status; `{root}` is the server's address. 400 is for those that are not named."""
    unreachable: str
    redirected: str
    wrong_token_is_usage: bool = False
    names: Mapping[int, str] = field(
        default_factory=lambda: {401: "token_refused", 404: "not_there", 409: "conflict", 422: "not_accepted"}
    )
    later: tuple[str, ...] = ()
    """Words in an answer that make any status one to try again later, but not at once."""


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


def short(text: str) -> str:
    """The text on one line, cut where it is too long for a message."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def of_status(
    status: int, what: str, root: str, said: str, retry_after: float | None, words: Words
) -> ApiError:
    """The error of an HTTP status from 300 on; `what` is the request, `said` the server's own words."""
    message = f"{what}: {status}: {said}" if said else f"{what}: the server answered {status}"
    if status < 400:
        return ApiError(
            "redirected",
            f"{what}: the server sends us elsewhere ({status}: {said or 'no address'})",
            f"redirects are not followed, so that no other host gets the token: {words.redirected}",
            status=status,
            usage=True,
        )
    is_later = any(word in said for word in words.later)
    if is_later or status == 429 or status >= 500:
        hint = "the server is busy or failing; what was done so far is recorded, run the command again later"
        return transient(
            "too_many_requests" if is_later or status == 429 else "server_failed",
            message,
            hint,
            status=status,
            maybe_done=not is_later and status not in (429, 503),
            retry_after=_LATER if is_later and retry_after is None else retry_after,
        )
    hint = words.hints.get(status, words.hints[400]).format(root=root)
    usage = status == 401 and words.wrong_token_is_usage
    return ApiError(words.names.get(status, "refused"), message, hint, status=status, usage=usage)


def of_exception(error: Exception, what: str, why: str, silence: float, words: Words) -> ApiError:
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
        return transient("unreachable", f"{what}: nobody answers there", words.unreachable, maybe_done=False)
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
