"""The same promises, of real servers: an S3 (moto's) without renames, an SFTP (OpenSSH's) with them."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.config import Settings
from harness.errors import DeliveryError, SourceError
from harness.receivers.endpoint import Endpoint
from harness.receivers.objects import FsspecReceiver
from tests.ordinary import ordinary
from tests.receivers.releases import NEXT, RUN, deliver, fsspec_at, going
from tests.receivers.servers import Sftp, free_port, s3_server, sftp_server

CANARY = "canary-secret-4711"
TEXTS = {number: f'{{"client": {number}}}\n' for number in range(1, 8)}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server("deliveries") as url:
        yield url


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    with sftp_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def s3_at(url: str, folder: str, bucket: str = "deliveries") -> Endpoint:
    return fsspec_at(
        f"s3://{bucket}/{folder}",
        options={"endpoint_url": url, "config_kwargs": {"retries": {"max_attempts": 1}, "proxies": {}}},
        secrets={"key": "TEST_S3_KEY", "secret": "TEST_S3_SECRET"},
    )


def sftp_at(server: Sftp, folder: str, **options: Any) -> Endpoint:
    given = {"username": server.user, "key_filename": str(server.key), "known_hosts": str(server.known_hosts)}
    return fsspec_at(f"sftp://127.0.0.1:{server.port}{server.folder}/{folder}", options=given | options)


@pytest.fixture(params=["s3", "sftp"])
def endpoint(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setenv("TEST_S3_KEY", "AKIAEXAMPLE")
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    folder = f"team/{tmp_path.name}"
    if request.param == "s3":
        return s3_at(request.getfixturevalue("s3"), folder)
    return sftp_at(request.getfixturevalue("sftp"), folder)


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    return deliver(tmp_path, TEXTS)


def test_release_is_whole_and_current_when_it_was_sent(endpoint: Endpoint, where: Settings) -> None:
    receiver = FsspecReceiver(endpoint, where)
    assert receiver.current("navigator") is None
    assert "can be written to" in receiver.probe()
    receiver.put(going(where))
    assert receiver.current("navigator") is None
    receiver.switch("navigator", RUN)
    assert FsspecReceiver(endpoint, where).current("navigator") == RUN
    assert FsspecReceiver(endpoint, where).verify(going(where)) == []
    deliver(where.home.parent, {1: "one\n"}, NEXT, bundle=os.urandom(5 << 20))
    receiver.put(going(where))
    receiver.switch("navigator", NEXT)
    assert receiver.verify(going(where)) == []
    assert receiver.verify(going(where, run_id=RUN)) == [], "the release before is the way back"
    receiver.switch("navigator", RUN)
    assert receiver.current("navigator") == RUN


def test_only_the_rest_is_sent_when_a_send_broke_off(endpoint: Endpoint, where: Settings) -> None:
    receiver = FsspecReceiver(endpoint, where)
    filesystem, sent = receiver._fs, []
    real = filesystem.pipe

    def pipe(files: dict[str, bytes]) -> None:
        some = dict(list(files.items())[:3]) if not sent else files
        sent.extend(some)
        real(some)
        if some is not files:
            raise ConnectionResetError("reset by peer")

    filesystem.pipe = pipe
    with pytest.raises(DeliveryError) as broken:
        receiver.put(going(where))
    assert broken.value.kind == "transient"
    receiver.put(going(where))
    assert len(sent) == len(set(sent)) == len(going(where).files)
    assert receiver.verify(going(where)) == []


def test_file_is_named_when_one_byte_was_flipped(endpoint: Endpoint, where: Settings) -> None:
    receiver = FsspecReceiver(endpoint, where)
    receiver.put(going(where))
    path = receiver._path("navigator", "releases", RUN, "documents", f"c{3:015x}.json")
    content = bytearray(receiver._fs.cat_file(path))
    content[2] ^= 1
    receiver._fs.pipe_file(path, bytes(content))
    (found,) = FsspecReceiver(endpoint, where).verify(going(where))
    assert found.path == f"documents/c{3:015x}.json"
    with pytest.raises(DeliveryError) as refused:
        receiver.put(going(where))
    assert refused.value.code == "receiver_differs"
    assert receiver._fs.cat_file(path) == bytes(content), "what was delivered is not written over"


def test_it_is_tried_again_later_when_the_server_is_away(endpoint: Endpoint, where: Settings) -> None:
    port = free_port()
    if endpoint.place.startswith("s3"):
        options = dict(endpoint.options) | {"endpoint_url": f"http://127.0.0.1:{port}"}
        away = replace(endpoint, options=options)
    else:
        away = replace(endpoint, options=dict(endpoint.options) | {"port": port}, place="sftp://127.0.0.1/x")
    with pytest.raises(DeliveryError) as failed:
        FsspecReceiver(away, where).put(going(where))
    assert (failed.value.code, failed.value.kind) == ("receiver_away", "transient"), failed.value


def test_bucket_is_asked_for_when_there_is_none(s3: str, where: Settings, monkeypatch: Any) -> None:
    monkeypatch.setenv("TEST_S3_KEY", "AKIAEXAMPLE")
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    with pytest.raises(DeliveryError) as failed:
        FsspecReceiver(s3_at(s3, "x", "nobodys"), where).put(going(where))
    assert (failed.value.code, failed.value.kind) == ("no_such_bucket", "terminal"), failed.value


def test_credentials_are_asked_for_when_s3_does_not_know_them(
    s3: str, where: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a typing error in a variable would be tried again for days as if the server were away."""
    import requests

    monkeypatch.setenv("TEST_S3_KEY", "AKIAEXAMPLE")
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    session = requests.Session()
    session.trust_env = False
    session.post(f"{s3}/moto-api/reset-auth", data="0").raise_for_status()
    try:
        with pytest.raises(DeliveryError) as failed:
            FsspecReceiver(s3_at(s3, "x"), where).put(going(where))
    finally:
        session.post(f"{s3}/moto-api/reset-auth", data="inf").raise_for_status()
    assert (failed.value.code, failed.value.kind) == ("credentials_refused", "terminal"), failed.value
    assert CANARY not in "".join(traceback.format_exception(failed.value))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("SignatureDoesNotMatch", "credentials_refused"),
        ("ExpiredToken", "credentials_refused"),
        ("AccessDenied", "permission_denied"),
        ("SlowDown", "receiver_away"),
        ("InternalError", "receiver_away"),
    ],
)
def test_error_is_classed_when_s3_refuses(
    s3: str, where: Settings, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    """Without it wrong credentials would be tried for days, or be printed."""
    from botocore.exceptions import ClientError
    from s3fs.errors import translate_boto_error

    monkeypatch.setenv("TEST_S3_KEY", "AKIAEXAMPLE")
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    receiver = FsspecReceiver(s3_at(s3, "refused"), where)
    said = ClientError({"Error": {"Code": code, "Message": f"not {CANARY}"}}, "PutObject")

    def pipe(files: dict[str, bytes]) -> None:
        raise translate_boto_error(said)

    receiver._fs.pipe = pipe
    with pytest.raises(DeliveryError) as failed:
        receiver.put(going(where))
    assert failed.value.code == told
    assert failed.value.kind == ("transient" if told == "receiver_away" else "terminal")
    assert CANARY not in "".join(traceback.format_exception(failed.value))


def test_key_is_asked_for_when_sftp_refuses_it(sftp: Sftp, where: Settings) -> None:
    other = sftp_at(sftp, "x", key_filename=str(sftp.key.with_name("other")))
    with pytest.raises(DeliveryError) as failed:
        FsspecReceiver(other, where).put(going(where))
    assert (failed.value.code, failed.value.kind) == ("credentials_refused", "terminal"), failed.value


@pytest.mark.parametrize("known", ["nobody", "another key"])
def test_server_is_refused_when_its_key_is_not_known(
    sftp: Sftp, where: Settings, tmp_path: Path, known: str
) -> None:
    """Without it whoever answers at that address would get every document: the library trusts anybody."""
    hosts = tmp_path / "known_hosts"
    other = sftp.key.with_name("other.pub").read_text().split()
    hosts.write_text("" if known == "nobody" else f"[127.0.0.1]:{sftp.port} {other[0]} {other[1]}\n")
    with pytest.raises(DeliveryError) as failed:
        FsspecReceiver(sftp_at(sftp, "x", known_hosts=str(hosts)), where).put(going(where))
    assert (failed.value.code, failed.value.kind) == ("unknown_host", "terminal")


def test_no_secret_is_told_when_everything_fails(
    s3: str, where: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    """Without it the first person to read a log could read the bucket, too."""
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("TEST_S3_KEY", CANARY)
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    endpoint = s3_at(s3, "x", f"bucket-{CANARY}")
    with pytest.raises(DeliveryError) as failed:
        FsspecReceiver(endpoint, where).put(going(where))
    told = "".join(traceback.format_exception(failed.value)) + caplog.text + str(endpoint)
    assert CANARY not in told.replace(f"bucket-{CANARY}", "")
    assert CANARY not in "".join(capfd.readouterr())


def test_variable_is_named_when_a_secret_is_not_set(where: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_S3_KEY", raising=False)
    monkeypatch.setenv("TEST_S3_SECRET", CANARY)
    with pytest.raises(SourceError, match="TEST_S3_KEY") as refused:
        FsspecReceiver(s3_at("http://127.0.0.1:1", "x"), where).probe()
    assert refused.value.exit_status == 2


def test_link_is_named_when_somebody_made_one_there(sftp: Sftp, where: Settings, tmp_path: Path) -> None:
    receiver = FsspecReceiver(sftp_at(sftp, tmp_path.name), where)
    receiver.put(going(where))
    path = sftp.folder / tmp_path.name / "navigator" / "releases" / RUN / "all.ndjson"
    (tmp_path / "same").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "same")
    (found,) = receiver.verify(going(where))
    assert (found.path, found.message) == ("all.ndjson", "is a link or a folder, no file")


def test_permission_is_asked_for_when_the_folder_is_not_ours(tmp_path: Path, where: Settings) -> None:
    (tmp_path / "sshd").mkdir()
    with sftp_server(tmp_path / "sshd", ordinary()) as server:
        closed = server.folder / "closed"
        closed.mkdir(mode=0o500)
        with pytest.raises(DeliveryError) as failed:
            FsspecReceiver(sftp_at(server, "closed"), where).put(going(where))
        assert failed.value.code == "permission_denied"
        closed.chmod(0o700)
        FsspecReceiver(sftp_at(server, "closed"), where).put(going(where))
