"""One CRM half-failure by the real commands, for people to look at: python -m tests.crm.scene HOME OUT [NAME]

HOME and OUT are of a run that delivered the target crm. A fake org on loopback rejects three records and has
two locked; then `send`, `status`, `retry` of the two, `status`, `send`. Prints what each command printed.
NAME is the endpoint's: one that the ledger does not know yet is sent everything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from exporters.crm_mapping import load_mapping
from tests.crm.test_probe import described
from tests.crm_server import FakeOrg, crm_server

TOML = """[[endpoint]]
name = "{name}"
kind = "salesforce"
targets = ["crm"]
url = "{url}"
secrets = {{client_id = "SF_CLIENT_ID", client_secret = "SF_CLIENT_SECRET"}}
"""
SECRETS = {"SF_CLIENT_ID": "the-key", "SF_CLIENT_SECRET": "the-secret"}


def command(home: Path, out: Path, *words: str) -> None:
    """Run it as a user would."""
    folders = ["--home", str(home), *([] if words[0] == "status" else ["--out", str(out)])]
    print("\n$ planwise-export", *words)
    found = subprocess.run(
        [sys.executable, "-m", "harness.cli", *words, *folders],
        env=os.environ | SECRETS,
        capture_output=True,
        text=True,
        check=False,
    )
    print((found.stdout + found.stderr).strip(), f"\n(exit {found.returncode})")


def play(org: FakeOrg, home: Path, out: Path, name: str) -> None:
    """The scene."""
    org.fields = described(load_mapping(home))
    refs = sorted(path.stem for path in (out / "crm" / "current" / "records").iterdir())
    print(f"{len(refs)} records are delivered to our own folder; the org has an account for each")
    org.records = {ref: {"Id": f"001xx{n:010d}AAA", "Name": "kept"} for n, ref in enumerate(refs)}
    errors = {
        refs[10]: "STRING_TOO_LONG:Recommendation 1: data value too large:PlanWise_Rec_1__c--",
        refs[20]: "FIELD_CUSTOM_VALIDATION_EXCEPTION:Score must not fall:PlanWise_Health_Score__c--",
        refs[30]: "DUPLICATE_EXTERNAL_ID:PlanWise_Ref__c: more than one record found:--",
    }
    locked = dict.fromkeys((refs[5], refs[60]), "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--")
    org.refuses = lambda ref, row: errors.get(ref) or locked.get(ref)
    (home / "planwise.toml").write_text(TOML.format(url=org.url, name=name))
    command(home, out, "send", name)
    command(home, out, "status")
    busy = sorted(locked)
    locked.clear()
    command(home, out, "retry", *busy, "--endpoint", name)
    command(home, out, "status")
    command(home, out, "send", name)
    uploads = [len(job.rows) for job in org.jobs.values()]
    print(f"\nthe org: uploads of {uploads} rows; {len(org.written)} records written, each once:", end=" ")
    print(
        len(set(org.written)) == len(org.written), "| names kept:", {r["Name"] for r in org.records.values()}
    )


if __name__ == "__main__":
    with crm_server() as running:
        given = [*sys.argv[1:], "crm"]
        play(running, Path(given[0]).resolve(), Path(given[1]).resolve(), given[2])
