"""Roles: who may do what, who is refused, and that a refusal is kept."""

from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from harness import policy
from harness.cli import cli
from harness.commands.late import all_of
from harness.commands.roles import guarded, operations
from harness.config import Settings
from harness.errors import NotAllowed, SourceError
from harness.ledger import open_ledger

ME = policy.user_name()


def firm(where: Settings, **content: object) -> Path:
    path = where.home / "policy.yml"
    path.write_text(yaml.safe_dump({"schema_version": policy.SCHEMA, **content}), encoding="utf-8")
    path.chmod(0o600)
    return path


def call(where: Settings, *arguments: str, **env: str) -> click.testing.Result:
    return CliRunner().invoke(cli, [*arguments, "--home", str(where.home)], env=env)


def test_every_command_is_in_the_policy_when_it_is_in_the_program() -> None:
    # a command that no role names is for admins only: everybody else would be locked out of a new one
    named = frozenset[str]().union(*policy.load(Path("/nowhere")).may.values())
    assert set(operations(cli)) <= named


def test_every_command_asks_when_it_is_called() -> None:
    # a command without the guard would let a viewer do everything
    def leaves(group: click.Group) -> list[click.Command]:
        return [
            leaf
            for command in group.commands.values()
            for leaf in ([command, *leaves(command)] if isinstance(command, click.Group) else [command])
        ]

    for command in leaves(cli):
        assert any(option.name == "role" for option in command.params), command.name
        assert command.callback and hasattr(command.callback, "__wrapped__"), command.name


@pytest.mark.parametrize(
    ("operation", "lowest"),
    [
        ("status", "viewer"), ("run", "analyst"), ("export", "analyst"), ("new-client", "consultant"),
        ("push", "consultant"), ("write-back", "consultant"), ("review-resolve", "reviewer"),
        ("override", "reviewer"), ("rollback", "admin"), ("repair", "admin"), ("sweep", "admin"),
        ("state-restore", "admin"),
    ],
)  # fmt: skip
def test_the_roles_from_the_lowest_on_may_when_nobody_wrote_a_policy(operation: str, lowest: str) -> None:
    rules = policy.load(Path("/nowhere"))
    assert rules.who_may(operation) == list(policy.ROLES[policy.ROLES.index(lowest) :])


def test_everyday_work_goes_and_what_undoes_does_not_when_nothing_is_set_up(where: Settings) -> None:
    rules = policy.load(where.home)
    who = policy.person(rules)
    for operation in ("run", "export", "new-client", "batch", "review-resolve", "push", "pull", "retry"):
        policy.check(rules, who, operation)
    for operation in ("rollback", "repair", "sweep", "state-restore"):
        with pytest.raises(NotAllowed):
            policy.check(rules, who, operation)


def test_an_operation_is_for_admins_when_no_role_names_it(where: Settings) -> None:
    # a typo in a policy must not open a door
    assert policy.load(where.home).who_may("format-disk") == ["admin"]


def test_refusal_names_role_operation_and_who_may_and_is_kept_when_a_viewer_runs(where: Settings) -> None:
    done = call(where, "run", "nothing.csv", PLANWISE_ROLE="viewer")
    assert done.exit_code == 2
    for word in ("run", "viewer", "analyst, consultant, reviewer, admin"):
        assert word in done.stderr
    with open_ledger(where, create=False) as ledger:
        (event,) = ledger.events(kinds=["refused"])
        (run,) = ledger.runs()
        assert not ledger.verify_chain()
    assert event.facts["operation"] == "run"
    assert event.facts["code"] == "not_allowed"
    assert (run["who"], run["status"], run["exit_status"]) == (ME, "blocked", 2)


def test_nothing_of_the_command_happens_when_it_is_refused(where: Settings) -> None:
    before = {path.name for path in where.home.iterdir()}
    assert call(where, "state", "restore", "x.duckdb").exit_code == 2
    assert {path.name for path in where.home.iterdir()} - before <= {
        "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm",
    }  # fmt: skip


def test_role_counts_when_it_is_given_before_or_behind_the_command(where: Settings) -> None:
    assert call(where, "sweep").exit_code == 2
    assert call(where, "sweep", "--role", "admin").exit_code == 0
    assert CliRunner().invoke(cli, ["--role", "admin", "sweep", "--home", str(where.home)]).exit_code == 0
    assert call(where, "sweep", PLANWISE_ROLE="admin").exit_code == 0


def test_dry_run_goes_when_the_thing_itself_would_not(where: Settings) -> None:
    # who may not sweep should see that it is due
    assert call(where, "sweep", "--dry-run").exit_code == 0
    assert call(where, "sweep", "--dry-run", "--role", "viewer").exit_code == 2


def test_override_is_refused_when_the_role_may_only_run(where: Settings) -> None:
    # a volume guard that everybody may talk away guards nothing
    done = call(where, "run", "nothing.csv", "--because", "I know", "--role", "analyst")
    assert done.exit_code == 2
    assert "override" in done.stderr
    assert "no_such_file" in call(where, "run", "nothing.csv", "--role", "analyst").stderr


def test_claimed_role_is_refused_when_the_policy_names_users(where: Settings) -> None:
    # --role would make the policy a matter of taste
    firm(where, users={ME: "analyst"})
    assert call(where, "sweep", "--role", "admin").exit_code == 2
    assert call(where, "sweep", PLANWISE_ROLE="admin").exit_code == 2
    assert "not_your_role" in call(where, "sweep", "--role", "admin").stderr
    rules = policy.load(where.home)
    assert policy.person(rules).role == "analyst"
    assert policy.person(rules, "viewer").role == "viewer"
    assert policy.person(rules, user="somebody").role == "reviewer"


def test_user_stays_the_same_when_the_variables_say_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "the-boss")
    assert policy.user_name() == ME


def test_firms_own_counts_when_it_changes_one_role(where: Settings) -> None:
    firm(where, default_role="viewer", roles={"viewer": {"may": ["status", "run"]}})
    rules = policy.load(where.home)
    assert rules.default_role == "viewer"
    assert rules.allows("viewer", "run")
    assert not rules.allows("viewer", "explain")
    assert rules.allows("admin", "sweep")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "schema_version: 2", "schema_version: planwise-policy/1.0\nusers: [bob]",
        "schema_version: planwise-policy/1.0\nusers: {bob: king}",
        "schema_version: planwise-policy/1.0\ndefault_role: king",
        "schema_version: planwise-policy/1.0\ndefault_rôle: admin",
        "schema_version: planwise-policy/1.0\nroles: {viewer: {may: [swep]}}",
        "schema_version: planwise-policy/1.0\nroles: {viewer: {includes: admin, may: []}}",
        "schema_version: planwise-policy/1.0\nroles: {viewer: {may: all}}",
        "schema_version: !!python/object/apply:os.system ['true']", "{", "\x00",
    ],
)  # fmt: skip
def test_nobody_may_anything_when_the_policy_cannot_be_read(where: Settings, text: str) -> None:
    # falling back to the default would give back what the firm took away
    (where.home / "policy.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        policy.load(where.home)
    assert caught.value.code == "bad_policy"
    assert call(where, "sweep", "--role", "admin").exit_code == 2


def test_policy_is_refused_when_others_can_write_it(where: Settings) -> None:
    path = firm(where, users={ME: "admin"})
    path.chmod(0o666)
    with pytest.raises(SourceError, match="written by others"):
        policy.load(where.home)


def test_policy_is_refused_when_it_is_a_dangling_link(where: Settings) -> None:
    # a link that points nowhere must not read as "there is no policy"
    (where.home / "policy.yml").symlink_to(where.home / "gone.yml")
    with pytest.raises(SourceError):
        policy.load(where.home)


def test_guarding_twice_asks_once_when_the_program_is_made_again() -> None:
    before = [len(command.params) for command in all_of(cli).values()]
    guarded(cli)
    cli.params.pop()
    assert [len(command.params) for command in all_of(cli).values()] == before
