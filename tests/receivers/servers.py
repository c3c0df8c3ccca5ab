"""Real servers on loopback: moto's S3, and Debian's openssh-server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
_SFTP = (Path("/usr/lib/openssh/sftp-server"), Path("/usr/libexec/openssh/sftp-server"))
SFTP_SERVER = next((path for path in _SFTP if path.exists()), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def s3_server(bucket: str) -> Iterator[str]:
    """The address of a moto server that has a bucket, and forgets all when it ends."""
    import boto3
    from botocore.config import Config
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="maker",
            aws_secret_access_key="maker",
            config=Config(proxies={}),
        )
        client.create_bucket(Bucket=bucket)
        yield url
    finally:
        server.stop()


@dataclass(frozen=True)
class Sftp:
    """A running sshd that takes one key."""

    port: int
    folder: Path
    key: Path
    known_hosts: Path
    user: str


@contextmanager
def sftp_server(root: Path, prefix: Sequence[str] = ()) -> Iterator[Sftp]:
    """An sshd of this user on loopback, with keys of its own, started by `prefix` (tests/ordinary.py). Skips
    where there is none to be had.
    """
    if not SSHD or not SFTP_SERVER or not shutil.which("ssh-keygen"):
        pytest.skip("needs openssh-server (apt-get install openssh-server)")
    import getpass

    root.chmod(0o700)
    for name in ("host", "client", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name)], check=True)
    shutil.copy(root / "client.pub", root / "authorized_keys")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (root / "files").mkdir()
    port = free_port()
    (root / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {root}/host\nPidFile {root}/pid\n"
        f"AuthorizedKeysFile {root}/authorized_keys\nStrictModes no\nPasswordAuthentication no\n"
        f"KbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin prohibit-password\n"
        f"Subsystem sftp {SFTP_SERVER}\n"
    )
    server = subprocess.Popen([*prefix, SSHD, "-D", "-e", "-f", str(root / "config")], stderr=subprocess.PIPE)
    try:
        _wait(port, server)
        public = (root / "host.pub").read_text().split()
        (root / "known_hosts").write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
        yield Sftp(port, root / "files", root / "client", root / "known_hosts", getpass.getuser())
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if server.poll() is not None:
            assert server.stderr is not None
            pytest.skip(f"sshd does not run here: {server.stderr.read().decode()[:300]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd did not listen within 5 seconds")
