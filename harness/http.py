"""Requests to one server: bounded in time and size, tried again where that can help, never sent elsewhere.

What every server that planwise talks to needs; harness/navigator/http.py and harness/crm/session.py say what
is asked of theirs.
"""

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.http_faults import (
    ApiError,
    TransientApiError,
    Words,
    of_exception,
    of_status,
    retry_after,
    transient,
)
from harness.http_server import Secret, Server, hidden

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from tenacity import RetryCallState


@dataclass(frozen=True)
class Patience:
    """How long, how often, how much; seconds and bytes."""

    connect: float = 10
    silence: float = 60
    """Longest without a byte. The server reads whole databases before it answers."""
    whole: float = 300
    attempts: int = 5
    base: float = 0.5
    cap: float = 15
    longest_retry_after: float = 120
    largest: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """What is asked. `is_safe_twice`: carried out twice is the same as once."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | int] | None = None
    is_safe_twice: bool = False


@dataclass(frozen=True)
class Reply:
    """What came back with a status below 300; the headers by lower-case name."""

    status: int
    content: bytes
    headers: Mapping[str, str]


class Connection:
    """A connection to one server. Proxies and certificates as the environment says; TLS verified.

    `secrets` are taken out of whatever is said of this server; `token` signs what is asked of it.
    """

    def __init__(
        self,
        server: Server,
        words: Words,
        patience: Patience = Patience(),
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.server = server
        self.words = words
        self.patience = patience
        self.token = server.token
        self.secrets: list[Secret] = [server.token]
        self._sleep = sleep
        self._uniform = uniform
        self._session: Session | None = None

    def ask(self, request: Request) -> Reply:
        """Send it, again where that can help and does no harm. Raises ApiError or TransientApiError."""
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        def again(error: BaseException) -> bool:
            return (
                isinstance(error, TransientApiError)
                and (request.is_safe_twice or not error.maybe_done)
                and (error.retry_after or 0) <= self.patience.longest_retry_after
            )

        retrying = Retrying(
            retry=retry_if_exception(again),
            stop=stop_after_attempt(self.patience.attempts),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        reply: Reply = retrying(self._once, request)
        return reply

    def hide(self, text: str) -> str:
        """The text without any secret of this connection."""
        return hidden(text, self.secrets)

    def called(self, request: Request) -> str:
        """How a request is spoken of."""
        return f"{request.method} {self.server.url}{request.path}"

    def close(self) -> None:
        """Give the connections back."""
        if self._session:
            self._session.close()

    def _pause(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientApiError) and error.retry_after is not None:
            return error.retry_after
        return self._uniform(0, min(self.patience.cap, self.patience.base * 2**state.attempt_number))

    def _once(self, request: Request) -> Reply:
        import requests
        from urllib3.exceptions import HTTPError

        what = self.called(request)
        try:
            response = self._opened().request(
                request.method,
                f"{self.server.url}{request.path}",
                params=request.query,
                data=request.content,
                headers=dict(request.headers),
                auth=self._sign,
                timeout=(self.patience.connect, self.patience.silence),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._content(response, what)
        except (requests.RequestException, HTTPError) as error:
            # `from None`: the library's errors hold the request, and that the token
            why = self.hide(str(error))[:200]
            raise of_exception(error, what, why, self.patience.silence, self.words) from None
        if response.status_code >= 300:
            raise self._refused(response, content, what)
        headers = {key.lower(): value for key, value in response.headers.items()}
        return Reply(response.status_code, content, headers)

    def _opened(self) -> "Session":
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = "planwise"
            # a proxy of the environment has no business between this machine and itself
            self._session.trust_env = not self.server.is_loopback
            # certificates of the environment count there, too: a tunnel ends here
            self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        return self._session

    def _sign(self, request: "PreparedRequest") -> "PreparedRequest":
        # given for requests without a token, too: else ~/.netrc would be looked up
        if self.token:
            request.headers["Authorization"] = self.token.header()
        return request

    def _content(self, response: "Response", what: str) -> bytes:
        until, found = time.monotonic() + self.patience.whole, bytearray()
        # read1: whatever has come. A read of so many bytes would wait for all of them, drop by drop
        while chunk := response.raw.read1(1 << 16):
            found += chunk
            if len(found) > self.patience.largest:
                raise ApiError("answer_too_large", f"{what}: more than {self.patience.largest} bytes came")
            if time.monotonic() > until:
                raise transient(
                    "no_answer",
                    f"{what}: the answer was still not whole after {self.patience.whole:g} seconds",
                    "the server or the way to it is too slow; run the command again later",
                    maybe_done=True,
                )
        return bytes(found)

    def _refused(self, response: "Response", content: bytes, what: str) -> ApiError:
        is_redirect = response.status_code < 400
        text: Any = response.headers.get("Location", "") if is_redirect else None
        if text is None:
            # hidden before it is cut: half a secret is one, too
            text = self.words.told(self.hide(content.decode("utf-8", errors="replace")))
        after = retry_after(response.headers.get("Retry-After"))
        return of_status(response.status_code, what, self.server.url, self.hide(text), after, self.words)
