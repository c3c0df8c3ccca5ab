"""What goes wrong at a receiver, in words for people; terminal or transient; never with a secret in it."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.errors import DeliveryError, PlanwiseError, TransientDeliveryError

_LONGEST = 300
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_AWAY = frozenset(
    (
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.ECONNABORTED,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.ETIMEDOUT,
        errno.EPIPE,
        errno.EBUSY,
        errno.EAGAIN,
        errno.EIO,
        errno.ESTALE,
        errno.EREMOTEIO,
        errno.ENOTCONN,
    )
)
_REFUSED = frozenset(
    ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired")
)
_NO_CREDENTIALS = frozenset(("AuthenticationException", "NoCredentialsError", "PartialCredentialsError"))
_GONE = frozenset(
    (
        "ConnectionError",
        "TimeoutError",
        "EOFError",
        "SSHException",
        "NoValidConnectionsError",
        "HTTPClientError",
        "EndpointConnectionError",
        "ConnectionClosedError",
        "gaierror",
        "FSTimeoutError",
    )
)
_SECRETS = "set the variables that `secrets` of the endpoint names, or the library's own configuration"


@contextmanager
def told(place: str, doing: str, hidden: Callable[[str], str] = str) -> Iterator[None]:
    """Turn what a library raises while `doing` into a DeliveryError about `place`.

    The library's own error is dropped (`from None`): it may hold the request, and that the credentials.
    """
    try:
        yield
    except PlanwiseError:
        raise
    except Exception as error:  # noqa: BLE001 - the libraries' errors have nothing in common but this
        raise of_exception(place, doing, error, hidden) from None


def of_exception(
    place: str, doing: str, error: Exception, hidden: Callable[[str], str] = str
) -> DeliveryError:
    """The DeliveryError of a library's error; one that nobody classified is terminal and says so."""
    said = " ".join(hidden(str(error)).split())[:_LONGEST]
    code, hint, is_transient = _classed(error, said)
    what = f"{place}: {doing}: {said or type(error).__name__}"
    return (TransientDeliveryError if is_transient else DeliveryError)(code, what, hint)


def _classed(error: Exception, said: str) -> tuple[str, str, bool]:
    """Code, hint, and whether it is transient. Subclasses before their classes."""
    number = getattr(error, "errno", None)
    names = {kind.__name__ for kind in type(error).__mro__}
    aws = _aws_code(error)
    if isinstance(error, ImportError):
        return "not_installed", "install the extra: pip install 'planwise[s3]' or 'planwise[sftp]'", False
    if number in _FULL or "No space left" in said:
        return "disk_full", "make space there; what arrived so far is kept, the rest goes next time", True
    if names & _NO_CREDENTIALS or aws in _REFUSED:
        return "credentials_refused", _SECRETS, False
    if "BadHostKeyException" in names:
        return "host_key_changed", "somebody may be in between: ask whoever runs the server", False
    if aws == "NoSuchBucket":
        return "no_such_bucket", "make the bucket first: planwise makes none", False
    if isinstance(error, PermissionError):
        return "permission_denied", "the owner of the credentials must be allowed to read and write", False
    if isinstance(error, FileNotFoundError):
        return "not_there", "make the folder or bucket first; is the share mounted?", False
    if names & _GONE or number in _AWAY:
        return "receiver_away", "it is tried again at its time; `retry --all` tries it at once", True
    if said == "Failure":
        # all that SFTP says of a full disk, too
        return "receiver_failed", "the server gives no reason; its disk or quota may be full", True
    if number == errno.EROFS:
        return "read_only", "it can't be written to: choose another place", False
    return (
        "unclassified",
        f"{type(error).__name__} is unknown here: not tried again by itself",
        False,
    )


def _aws_code(error: BaseException) -> str:
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    if not isinstance(response, dict):
        return ""
    return str((response.get("Error") or {}).get("Code") or "")
