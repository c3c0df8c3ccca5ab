"""Requests to a Navigator server: JSON both ways, numbers with a point as Decimal."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exporters.yaml import from_json
from harness.http import Connection, Patience, Request
from harness.http_server import Server
from harness.navigator.faults import WORDS, ApiError, told

__all__ = ["Answer", "Http", "Patience"]

_PATIENT = Patience()
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}


@dataclass(frozen=True)
class Answer:
    """Decoded JSON, numbers with a point as Decimal; the text as it came; the headers by lower-case name."""

    data: Any
    text: str
    headers: Mapping[str, str]


class Http(Connection):
    """A connection to one Navigator server."""

    def __init__(
        self,
        server: Server,
        patience: Patience = _PATIENT,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        super().__init__(server, WORDS, patience, sleep, uniform)

    def get(self, path: str, **query: str | int | bool) -> Answer:
        """GET; query values as the server reads them."""
        values = {
            key: str(value).lower() if isinstance(value, bool) else value for key, value in query.items()
        }
        return self._understood(Request("GET", path, None, _HEADERS, values, is_safe_twice=True))

    def put(self, path: str, body: Any) -> Answer:
        """PUT: twice is the same as once."""
        return self._understood(Request("PUT", path, _json(body), _HEADERS, is_safe_twice=True))

    def post(self, path: str, body: Any, *, is_safe_twice: bool = False) -> Answer:
        """POST: tried again only where it was surely not carried out, unless twice does no harm."""
        return self._understood(Request("POST", path, _json(body), _HEADERS, is_safe_twice=is_safe_twice))

    def _understood(self, request: Request) -> Answer:
        reply = self.ask(request)
        text = reply.content.decode("utf-8", errors="replace")
        try:
            data = from_json(text)
        except ValueError:
            raise ApiError(
                "not_the_api",
                f"{self.called(request)}: the answer is no JSON: {told(self.hide(text))[:80]!r}",
                f"is this a Navigator API? {self.server.url}/api/health says so in JSON",
            ) from None
        return Answer(data, text, reply.headers)


def _json(body: Any) -> bytes:
    return json.dumps(body, default=float).encode()
