"""Signed-in requests to an org: a token is got once, renewed once where it has expired, and shown nowhere.

Verified in Salesforce's documentation (looked up in November 2026):
- token: POST /services/oauth2/token with grant_type=client_credentials, client_id and client_secret; the
  answer has access_token and instance_url, to which every further request goes
  (developer.salesforce.com, Connect REST API, "Step Three: Connect to Connect REST API Using OAuth");
- errors: 401 for a session that is invalid or has expired, 403 with REQUEST_LIMIT_EXCEEDED where the org's
  limit is used up, bodies as a list of {message, errorCode} ("Status Codes and Error Responses", REST API).

simple-salesforce (1.12.10, looked at: bulk2.py, login.py, util.py) does not serve. Its requests have no
time-out and are made once: a 429 or 503 ends the load, Retry-After is not read, and a 401 in a bulk call is
not renewed. Where a job is Failed it raises before the results are read, so what was accepted is lost. It
signs in at https://<domain>.salesforce.com only, so that no server of ours can stand in. It brings zeep and
lxml, PyJWT and cryptography (14 packages, 65 MB) for calls that planwise does not make. So this is built on
the client that Navigator's is built on, too (harness/http.py; requests).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from harness.crm.org import Org
from harness.errors import SourceError
from harness.http import Connection, Patience, Reply, Request
from harness.http_faults import ApiError, Words, short
from harness.http_server import Secret, Server, address, hidden

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
_LATER = ("REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE", "ExceededQuota")


def told(body: str) -> str:
    """What the org says: [{errorCode, message}], OAuth's {error, error_description}, or the text itself."""
    try:
        found = json.loads(body)
    except ValueError:
        return short(body)
    parts = []
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            continue
        code = item.get("errorCode") or item.get("error")
        words = item.get("message") or item.get("error_description")
        parts.append(": ".join(str(part) for part in (code, words) if part))
    return short("; ".join(part for part in parts if part))


WORDS = Words(
    told=told,
    hints={
        400: "the org does not take this request; its message says why",
        401: "the org refuses its own new token: is the integration user active, may it use the API?",
        403: "the integration user lacks a permission; docs/crm_delivery.md lists what it needs",
        404: "is options.api_version one of the org's, and the object of the mapping there?",
        413: "the org takes no message of this size; make the parts smaller",
    },
    unreachable="is the address the org's own (My Domain), and does the way there lead through a proxy?",
    redirected="give the org's own address (My Domain) as the endpoint's url",
    later=_LATER,
)


@dataclass(frozen=True)
class Call:
    """A request to the org, below its data path or with a path of its own."""

    method: str
    path: str
    json: Any = None
    csv: bytes | None = None
    accept: str = "application/json"
    is_safe_twice: bool = True


class Session:
    """One org, signed in when it is first asked. Everything raises ApiError or TransientApiError."""

    def __init__(
        self,
        org: Org,
        patience: Patience,
        sleep: Callable[[float], None],
        uniform: Callable[[float, float], float],
    ) -> None:
        self.org = org
        self._secrets: list[Secret] = list(org.secrets.values())
        self._patience, self._sleep, self._uniform = patience, sleep, uniform
        self._login = self._connection(org.server)
        self._api: Connection | None = None

    def ask(self, call: Call) -> Reply:
        """Ask once signed in; where the token has expired (401), sign in once more and ask again."""
        request = _request(call)
        try:
            return (self._api or self._sign_in()).ask(request)
        except ApiError as error:
            if error.status != 401 or self._api is None:
                raise
        return self._sign_in().ask(request)

    def data(self, call: Call) -> Any:
        """Ask for JSON: numbers as they are written, never floating point."""
        text = self.ask(call).content.decode("utf-8", errors="replace")
        try:
            return json.loads(text, parse_float=str)
        except ValueError:
            raise odd(self.org, call.path, f"no JSON but {short(self.hide(text))[:80]!r}") from None

    def hide(self, text: str) -> str:
        """The text without any secret or token of this org."""
        return hidden(text, self._secrets)

    def close(self) -> None:
        """Give the connections back."""
        for connection in (self._login, self._api):
            if connection is not None:
                connection.close()

    def _connection(self, server: Server) -> Connection:
        made = Connection(server, WORDS, self._patience, self._sleep, self._uniform)
        made.secrets = self._secrets
        return made

    def _sign_in(self) -> Connection:
        form = {"grant_type": self.org.flow, **{key: one.told() for key, one in self.org.secrets.items()}}
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        request = Request("POST", TOKEN_PATH, urlencode(form).encode(), headers, is_safe_twice=True)
        try:
            answer = json.loads(self._login.ask(request).content)
            token, instance = Secret(answer["access_token"]), str(answer["instance_url"])
        except ApiError as error:
            if error.kind == "transient" or error.code in ("not_trusted", "redirected"):
                raise
            raise ApiError(
                "credentials_refused",
                error.message,
                "look at the app's key and secret in the variables that `secrets` names, at its flow, and at"
                " the user whom it runs as (docs/crm_delivery.md)",
                status=error.status,
            ) from None
        except (ValueError, KeyError, TypeError):
            raise odd(self.org, TOKEN_PATH, "no token") from None
        self._secrets.append(token)
        server = replace(self._instance(instance), token=token)
        if self._api is not None:
            self._api.close()
        self._api = self._connection(server)
        return self._api

    def _instance(self, url: str) -> Server:
        """Where the token belongs: the org's own address or a neighbour of it, over TLS."""
        login = self.org.server
        try:
            root, is_loopback = address(url, what="an org", example="https://...", instead="")
        except SourceError:
            root, is_loopback = "", False
        ours, theirs = urlsplit(login.url).hostname or "", urlsplit(root).hostname or ""
        is_near = theirs == ours or (theirs.split(".")[-2:] == ours.split(".")[-2:] and theirs.count(".") > 1)
        if not is_near or (root.startswith("http:") and not (is_loopback and login.is_loopback)):
            raise ApiError(
                "token_for_elsewhere",
                f"{login.url}{TOKEN_PATH}: the token is said to be for {self.hide(url)[:80]!r}",
                "it goes nowhere but to the org's own domain, over https: look at the endpoint's url",
            )
        return Server(root, Secret(), is_loopback)


def odd(org: Org, path: str, what: str) -> ApiError:
    """The error of an answer that is not as documented."""
    return ApiError(
        "not_the_api",
        f"{org.server.url}{path}: the answer holds {what}",
        "is this a Salesforce org with Bulk API 2.0, no sign-in page? Nothing was read from this answer",
    )


def _request(call: Call) -> Request:
    headers = {"Accept": call.accept, "Accept-Encoding": "identity"}
    content = None
    if call.json is not None:
        content = json.dumps(call.json).encode()
        headers["Content-Type"] = "application/json; charset=UTF-8"
    elif call.csv is not None:
        content = call.csv
        headers["Content-Type"] = "text/csv; charset=UTF-8"
    return Request(call.method, call.path, content, headers, None, call.is_safe_twice)
