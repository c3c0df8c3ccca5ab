"""A webhook receiver and a mail server on loopback, which behave as they are told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """Answers with `status`, after `delay` seconds, dripping where asked; keeps what it took."""

    def __init__(self) -> None:
        self.status, self.delay, self.drips, self.location = 200, 0.0, False, ""
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked = 0
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                webhook.asked += 1
                content = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(webhook.delay)
                if webhook.drips:
                    # a byte now and then: no read ever times out
                    for _ in range(100):
                        try:
                            self.wfile.write(b"H")
                            self.wfile.flush()
                        except OSError:
                            return
                        time.sleep(0.1)
                    return
                if webhook.status == 200:
                    webhook.taken.append(json.loads(content))
                    webhook.headers.append(dict(self.headers))
                self.send_response(webhook.status)
                if webhook.location:
                    self.send_header("Location", webhook.location)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/s3cr3t-path-canary"

    @property
    def kinds(self) -> list[str]:
        return [message["kind"] for message in self.taken]


@contextmanager
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()


class Letters:
    """Keeps every letter; the handler of an aiosmtpd server."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        return "250 OK"
