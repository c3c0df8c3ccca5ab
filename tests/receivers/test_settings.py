"""planwise.toml: what an endpoint may not say is refused in words, and before anything is sent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.config import Settings, settings
from harness.endpoints import Shared
from harness.endpoints import endpoints as report_places
from harness.errors import SourceError
from harness.new_client import NewClient
from harness.receivers.settings import chosen, endpoints

GOOD = """
[[endpoint]]
name = "share"
kind = "directory"
targets = ["navigator", "fhi", "reports"]
path = "/srv/share"

[[endpoint]]
name = "s3"
kind = "fsspec"
targets = ["fhi", "crm", "bi"]
url = "s3://bucket/planwise"
options = { client_kwargs = { region_name = "us-east-1" } }
secrets = { key = "AWS_KEY_OF_US", secret = "AWS_SECRET_OF_US" }

[[endpoint]]
name = "bank"
kind = "fsspec"
targets = ["navigator"]
url = "sftp://files.bank.example/incoming"
options = { username = "planwise", key_filename = "/etc/planwise/id", known_hosts = "/etc/planwise/hosts" }

[[endpoint]]
name = "modeller"
kind = "navigator"
targets = ["navigator"]
url = "https://navigator.example"
options = { workspace = "clients" }
secrets = { token = "PLANALIGN_API_TOKEN" }

[[endpoint]]
name = "crm"
kind = "salesforce"
targets = ["crm"]
url = "https://firm.my.salesforce.com"
secrets = { client_id = "SF_ID", client_secret = "SF_SECRET" }
"""


@pytest.fixture
def where(tmp_path: Path) -> Settings:
    made = settings(tmp_path / "home", tmp_path / "out")
    made.home.mkdir()
    return made


def write(where: Settings, text: str) -> None:
    (where.home / "planwise.toml").write_text(text)


def test_endpoints_are_those_of_the_file_when_all_is_well(where: Settings) -> None:
    write(where, GOOD)
    found = endpoints(where)
    assert [one.name for one in found] == ["share", "s3", "bank", "modeller", "crm"]
    assert [one.takes_releases for one in found] == [True, True, True, False, False]
    assert found[1].options == {"client_kwargs": {"region_name": "us-east-1"}}


def test_there_is_none_when_there_is_no_file(where: Settings) -> None:
    assert endpoints(where) == []


def table(**changes: Any) -> str:
    """A good table with changes, as TOML; null takes one out."""
    values = {"name": "share", "kind": "directory", "targets": ["navigator"], "path": "/srv/share"} | changes
    return "[[endpoint]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in values.items() if v is not None)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


STORE = {"kind": "fsspec", "path": None, "url": "s3://bucket/x"}
NAVIGATOR = {"kind": "navigator", "path": None, "url": "https://n.example", "options": {"workspace": "w"}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, "name"),
        ({"name": "../up"}, "name"),
        ({"name": "folder-1a2b3c4d"}, "folder-"),
        ({"kind": "ftp"}, "directory, fsspec, navigator, salesforce"),
        ({"path": None}, "no path"),
        ({"path": ""}, "no path"),
        ({"url": "s3://x"}, "url"),
        ({"targets": []}, "targets"),
        ({"targets": ["navigatr"]}, "navigatr"),
        ({"target": "navigator"}, "is it 'targets'?"),
        ({"options": "x"}, "options"),
        ({"secrets": {"password": "hunter2!"}}, "no name of an environment variable"),
        (STORE | {"options": {"secret": "abc"}}, "looks like a secret"),
        (STORE | {"options": {"client_kwargs": {"aws_session_token": "abc"}}}, "looks like a secret"),
        (STORE | {"options": {"key": "AKIA"}}, "looks like a secret"),
        (STORE | {"url": "sftp://me:hunter2!@host/x"}, "password"),
        (STORE | {"url": "sftp://host/../etc"}, ".."),
        (STORE | {"url": "sftp://host"}, "no folder"),
        (STORE | {"url": "https://host/x"}, "can't be written to"),
        (STORE | {"url": "simplecache::s3://x/y"}, "simplecache"),
        (STORE | {"url": "bucket"}, "no address"),
        (NAVIGATOR | {"targets": ["fhi"]}, "fhi"),
        (NAVIGATOR | {"options": {}}, "workspace"),
        (NAVIGATOR | {"options": {"workspace": "w", "plain_http": "yes"}}, "plain_http"),
        (NAVIGATOR | {"url": "s3://x/y"}, "web address"),
        (
            {"kind": "salesforce", "path": None, "url": "https://me:hunter2!@org", "targets": ["crm"]},
            "password",
        ),
    ],
    ids=str,
)
def test_endpoint_is_refused_when_it_can_not_be(where: Settings, changes: dict[str, Any], said: str) -> None:
    write(where, table(**changes))
    with pytest.raises(SourceError) as refused:
        endpoints(where)
    told = f"{refused.value.message} {refused.value.hint}"
    assert refused.value.exit_status == 2
    assert said in told
    assert "hunter2" not in told, "what was refused may be a secret"
    assert "planwise.toml" in told


@pytest.mark.parametrize("content", ["endpoint = 3", "[endpoint]\nname = 'x'", "endpoint = ["])
def test_file_is_refused_when_it_holds_no_tables(where: Settings, content: str) -> None:
    write(where, content)
    with pytest.raises(SourceError, match=r"\[\[endpoint\]\]") as refused:
        endpoints(where)
    assert refused.value.code == "bad_settings"


def pair(first: dict[str, Any], second: dict[str, Any]) -> str:
    return table(**first) + table(**({"name": "other"} | second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, {"path": "/srv/../srv/share/"}),
        ({}, STORE | {"url": "file:///srv/share"}),
        ({}, {"path": "/srv/share/navigator"}),
        ({}, {"targets": ["fhi"]}),
        (STORE, STORE | {"url": "s3://bucket/x/"}),
        (STORE | {"url": "sftp://Host/x"}, STORE | {"url": "ssh://host:22/x"}),
        (NAVIGATOR, NAVIGATOR | {"url": "https://N.example/"}),
    ],
    ids=str,
)
def test_two_endpoints_are_refused_when_they_lead_to_the_same_place(
    where: Settings, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Without it each of the two would switch what the other sent, and both would count as delivered."""
    write(where, pair(first, second))
    with pytest.raises(SourceError, match="same place"):
        endpoints(where)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"path": "/srv/share2"}),
        (STORE, STORE | {"url": "s3://bucket/x2"}),
        (STORE, STORE | {"options": {"endpoint_url": "https://minio.example"}}),
        (NAVIGATOR, NAVIGATOR | {"options": {"workspace": "v"}}),
        (STORE | {"url": "sftp://host/x"}, STORE | {"url": "sftp://host:2222/x"}),
    ],
    ids=str,
)
def test_two_endpoints_are_taken_when_their_places_differ(
    where: Settings, first: dict[str, Any], second: dict[str, Any]
) -> None:
    write(where, pair(first, second))
    assert len(endpoints(where)) == 2


@pytest.mark.parametrize("path", ["../out", "../out/navigator", ".", "backups", ".."])
@pytest.mark.parametrize("kind", ["directory", "fsspec"])
def test_endpoint_is_refused_when_it_lies_in_our_own_folders(where: Settings, path: str, kind: str) -> None:
    """Without it planwise would deliver into what it delivers from."""
    place = (where.home / path).resolve()
    named = {"path": str(place)} if kind == "directory" else STORE | {"url": f"file://{place}"}
    if path == "..":
        named["targets"] = ["bi", "navigator"]
        where = Settings(where.home.parent / "navigator", where.out)
        where.home.mkdir()
    write(where, table(**named))
    with pytest.raises(SourceError, match="our own folder"):
        endpoints(where)


def test_two_are_refused_when_they_have_one_name(where: Settings) -> None:
    write(where, table() + table(path="/srv/b"))
    with pytest.raises(SourceError, match="named 'share'"):
        endpoints(where)


def test_unknown_name_is_told_when_it_is_asked_for(where: Settings) -> None:
    write(where, GOOD)
    with pytest.raises(SourceError, match="share, s3"):
        chosen(endpoints(where), ["sahre"])


def test_reports_go_to_endpoints_when_their_targets_name_them(where: Settings, tmp_path: Path) -> None:
    """Without it batch and new-client would know other places than deliveries do."""
    (tmp_path / "share").mkdir()
    write(where, table(path=str(tmp_path / "share"), targets=["reports", "bi"]))
    (place,) = report_places(where)
    assert isinstance(place, Shared)
    assert place.deliver("batch_1", {"report.md": b"# told\n"}) == str(
        tmp_path / "share" / "reports" / "batch_1"
    )
    assert (tmp_path / "share" / "reports" / "batch_1" / "report.md").read_bytes() == b"# told\n"
    command = NewClient()
    command._reports = {"c0000000000000a1.md": b"# new\n"}
    run: Any = SimpleNamespace(settings=where, stamp=SimpleNamespace(run_id="r1"))
    assert command._elsewhere(run).endswith("reports/new_client_r1")
    assert "share failed" in command._elsewhere(run), "a report is not written over"


def test_reports_stay_here_when_no_endpoint_takes_them(where: Settings) -> None:
    write(where, table())
    (place,) = report_places(where)
    assert place.name == "reports"
