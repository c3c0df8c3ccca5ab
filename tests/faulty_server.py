"""What the fake servers share: an HTTP server on loopback that fails where, and as often as, a test asks."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What goes wrong with requests that match, and how often.

    what: a status; slow:SECONDS; drip (a byte now and then, for ever); reset (before anything is done), cut
    (after it was done, before the answer); html; half (the answer ends too early); redirect:URL; echo (401
    that repeats what it was sent); and what the server at hand knows besides.
    """

    method: str
    path: str
    what: str | int
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    error: Any = None
    """What a status is answered with, where that is not `refusal`."""


class FaultyHandler(BaseHTTPRequestHandler):
    """Requests of one server; `fake` is what the test looks at, and has the list `faults`."""

    fake: Any
    json_type = "application/json"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def refusal(self, message: str) -> Any:
        """How this server says what is wrong."""
        raise NotImplementedError

    def repeated(self) -> Any:
        """A refusal that repeats what it was sent."""
        return self.refusal(f"bad credentials: {self.headers.get('Authorization')}")

    def fault(self) -> Fault | None:
        """The fault of this request, which is used up by it."""
        faults: list[Fault] = self.fake.faults
        for fault in faults:
            if fault.times and fault.method == self.command and re.search(fault.path, self.path):
                fault.times -= 1
                return fault
        return None

    def fails_before(self, fault: Fault) -> bool:
        """Whether the request is over with this fault."""
        what = str(fault.what)
        if what == "reset":
            self.reset()
        elif what.startswith("slow:"):
            time.sleep(float(what.removeprefix("slow:")))
            return False
        elif what == "drip":
            self._drip()
        elif what == "html":
            self.send(200, b"<html>sign in here</html>", {"Content-Type": "text/html"})
        elif what == "echo":
            self.send(401, self.repeated(), {})
        elif what.startswith("redirect:"):
            self.send(307, {}, {"Location": what.removeprefix("redirect:")})
        elif what.isdigit():
            self.send(int(what), fault.error or self.refusal(f"told to answer {what}"), fault.headers)
        else:
            return False
        return True

    def reset(self) -> None:
        """End the connection as a broken line does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def send(self, status: int, data: Any, headers: dict[str, str], *, cut_in_half: bool = False) -> None:
        """Answer; bytes as they are, anything else as JSON."""
        content = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": self.json_type} | headers).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content[: len(content) // 2] if cut_in_half else content)
        except OSError:
            return  # the client had no patience
        if cut_in_half:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b"[")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A connection that a test cut off is no news."""


@contextmanager
def serving(fake: Any, handler: type[FaultyHandler]) -> Iterator[None]:
    """Run `handler` on a free loopback port for the length of the block; its address goes into `fake.url`."""
    server = _Server(("127.0.0.1", 0), type("Handler", (handler,), {"fake": fake}))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
