"""A real BI tool on the published marts: Apache Superset, in an environment of its own, from the index.

`python -m tests.bi.tool MARTS [FOLDER]`: installs it (uv, about 300 MB), makes its metadata database, and
prints what it sees: tables, descriptions, a chart's rows, and whether it could write. Exit 1 where something
is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# what installs and starts together on 2026-11-22: Superset 6.1.0 leaves these open or out
PACKAGES = (
    "apache-superset==6.1.0",
    "duckdb==1.5.5",
    "duckdb-engine==0.17.0",
    "sqlalchemy<2",
    "flask-caching==2.3.1",
    "rich",
    "cachetools",
)
_CONFIG = """
SECRET_KEY = "only-for-this-check-on-this-machine-0123456789"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
PREVENT_UNSAFE_DB_CONNECTIONS = False
TALISMAN_ENABLED = False
"""


def seen_by_superset(marts: Path, folder: Path) -> dict[str, Any]:
    """Install Superset in `folder` unless it is there, and say what it makes of the marts."""
    python, config = folder / "venv" / "bin" / "python", folder / "superset_config.py"
    uv = [sys.executable, "-m", "uv"]
    env = os.environ | {"UV_SYSTEM_CERTS": "1", "SUPERSET_CONFIG_PATH": str(config), "FLASK_APP": "superset"}
    if not (folder / "superset.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(_CONFIG.format(folder=folder), encoding="utf-8")
        for command in (
            [*uv, "venv", "-q", "--clear", "--python", sys.executable, str(python.parents[1])],
            [*uv, "pip", "install", "-q", "--python", str(python), *PACKAGES],
            [str(python.with_name("superset")), "db", "upgrade"],
        ):
            subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    script = str(Path(__file__).with_name("in_superset.py"))
    done = subprocess.run([str(python), script, str(marts)], env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def faults(found: dict[str, Any]) -> list[str]:
    """What is wrong with what it saw."""
    wrong = []
    if "wide_client" not in found["tables"] or "fct_peer_cohort" not in found["views"]:
        wrong.append("it does not list the tables and views")
    if found["described"] != found["columns"] or not found["comment"]:
        wrong.append("it does not show every description")
    if found["error"] or not found["chart"]:
        wrong.append(f"the chart's query failed: {found['error']}")
    if "read-only" not in found["write"]:
        wrong.append(f"it may have written: {found['write']}")
    return wrong


def main() -> int:
    """Print what it sees and what is wrong with it."""
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir()) / "planwise-superset"
    found = seen_by_superset(Path(sys.argv[1]).resolve(), folder.resolve())
    print(json.dumps(found, indent=2))
    wrong = faults(found)
    print("\n".join(wrong) or "Superset reads the marts")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
