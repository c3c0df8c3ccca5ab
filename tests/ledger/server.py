"""A PostgreSQL server of Debian's packages, in a folder of its own, reachable on loopback only."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "canary-Pa55/w@rd"
_QUOTED = "canary-Pa55%2Fw%40rd"


@dataclass(frozen=True)
class Server:
    """Where it listens, and the programs that it came with."""

    port: int
    binaries: Path

    @property
    def url(self) -> str:
        return f"postgresql://planwise:{_QUOTED}@127.0.0.1:{self.port}/postgres"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _user() -> str | None:
    """PostgreSQL refuses to run as root: another user of this machine, null where we are none."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def absent() -> str:
    """Why there can be no server here; empty where there can."""
    if _binaries() is None:
        return "no PostgreSQL here (apt-get install postgresql): the ledger is tested on SQLite only"
    return ""


def _run(command: list[str], user: str | None) -> None:
    prefix = ["runuser", "-u", user, "--"] if user else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def running(_: Path) -> Iterator[Server]:
    """Start a server, and stop it at the end. Its folder is short-lived and outside pytest's private one,
    which another user may not enter.
    """
    binaries, user = _binaries(), _user()
    assert binaries is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(tempfile.mkdtemp(prefix="planwise-pg-"))
    try:
        password = root / "password"
        password.write_text(PASSWORD)
        if user:
            entry = pwd.getpwnam(user)
            for path in (root, password):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        data = root / "data"
        _run(
            [f"{binaries}/initdb", "-D", f"{data}", "-U", "planwise", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C", "--no-sync", f"--pwfile={password}"], user,
        )  # fmt: skip
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={root}"
            " -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=20"
        )
        _run([f"{binaries}/pg_ctl", "-D", f"{data}", "-w", "-l", f"{root}/log", "-o", options, "start"], user)
        try:
            yield Server(port, binaries)
        finally:
            _run([f"{binaries}/pg_ctl", "-D", f"{data}", "-m", "immediate", "-w", "stop"], user)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def emptied(server: Server) -> list[str]:
    """Take everything away that a test before left there; name it."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        found = connection.execute(
            "select nspname from pg_namespace where nspname like 'planwise%'"
        ).fetchall()
        for (schema,) in found:
            connection.execute(f"drop schema {schema} cascade")
    return [schema for (schema,) in found]
