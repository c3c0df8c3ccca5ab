"""Requests to one server: bounded in time and size, tried again where that can help, never sent elsewhere."""

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exporters.yaml import from_json
from harness.navigator.faults import (
    ApiError,
    TransientApiError,
    of_exception,
    of_status,
    retry_after,
    told,
    transient,
)
from harness.navigator.server import Server

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session
    from tenacity import RetryCallState

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}


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
class Answer:
    """Decoded JSON, numbers with a point as Decimal; the text as it came; the headers by lower-case name."""

    data: Any
    text: str
    headers: Mapping[str, str]


class Http:
    """A connection to one server. Proxies and certificates as the environment says; TLS verified."""

    def __init__(
        self,
        server: Server,
        patience: Patience = Patience(),
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.server = server
        self.patience = patience
        self._sleep = sleep
        self._uniform = uniform
        self._session: Session | None = None

    def get(self, path: str, **query: str | int | bool) -> Answer:
        """GET; query values as the server reads them."""
        values = {
            key: str(value).lower() if isinstance(value, bool) else value for key, value in query.items()
        }
        return self._patiently("GET", path, query=values, is_safe_twice=True)

    def put(self, path: str, body: Any) -> Answer:
        """PUT: twice is the same as once."""
        return self._patiently("PUT", path, body=body, is_safe_twice=True)

    def post(self, path: str, body: Any, *, is_safe_twice: bool = False) -> Answer:
        """POST: tried again only where it was surely not carried out, unless twice does no harm."""
        return self._patiently("POST", path, body=body, is_safe_twice=is_safe_twice)

    def close(self) -> None:
        """Give the connections back."""
        if self._session:
            self._session.close()

    def _patiently(
        self, method: str, path: str, *, body: Any = None, query: Any = None, is_safe_twice: bool
    ) -> Answer:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        def again(error: BaseException) -> bool:
            return (
                isinstance(error, TransientApiError)
                and (is_safe_twice or not error.maybe_done)
                and (error.retry_after or 0) <= self.patience.longest_retry_after
            )

        retrying = Retrying(
            retry=retry_if_exception(again),
            stop=stop_after_attempt(self.patience.attempts),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        answer: Answer = retrying(self._once, method, path, body, query)
        return answer

    def _pause(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientApiError) and error.retry_after is not None:
            return error.retry_after
        return self._uniform(0, min(self.patience.cap, self.patience.base * 2**state.attempt_number))

    def _once(self, method: str, path: str, body: Any, query: Any) -> Answer:
        import requests
        from urllib3.exceptions import HTTPError

        what, hidden = f"{method} {self.server.url}{path}", self.server.token.hidden_in
        try:
            response = self._opened().request(
                method,
                f"{self.server.url}{path}",
                params=query,
                data=None if body is None else json.dumps(body, default=float).encode(),
                headers=_HEADERS,
                auth=self._sign,
                timeout=(self.patience.connect, self.patience.silence),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._content(response, what)
        except (requests.RequestException, HTTPError) as error:
            # `from None`: the library's errors hold the request, and that the token
            raise of_exception(error, what, hidden(str(error))[:200], self.patience.silence) from None
        return self._understood(response, content, what)

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
        if self.server.token:
            request.headers["Authorization"] = self.server.token.header()
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

    def _understood(self, response: "Response", content: bytes, what: str) -> Answer:
        hidden = self.server.token.hidden_in
        text = content.decode("utf-8", errors="replace")
        if response.status_code >= 300:
            is_redirect = response.status_code < 400
            said = hidden(response.headers.get("Location", "") if is_redirect else told(text))
            after = retry_after(response.headers.get("Retry-After"))
            raise of_status(response.status_code, what, self.server.url, said, after)
        try:
            data = from_json(text)
        except ValueError:
            raise ApiError(
                "not_the_api",
                f"{what}: the answer is no JSON: {hidden(told(text))[:80]!r}",
                f"is this a Navigator API? {self.server.url}/api/health says so in JSON",
            ) from None
        return Answer(data, text, {key.lower(): value for key, value in response.headers.items()})
