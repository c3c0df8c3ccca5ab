"""A Python of its own with an older DuckDB: what its reader or owner has is not what we have."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import environment


def python_with_duckdb(version: str, folder: Path) -> Path:
    """Make an environment with that DuckDB in `folder`; without an index the test says so and is skipped."""
    uv, home = [sys.executable, "-m", "uv"], folder / f"duckdb-{version}"
    python = home / "bin" / "python"
    for command in (
        [*uv, "venv", "-q", "--python", sys.executable, str(home)],
        [*uv, "pip", "install", "-q", "--python", str(python), f"duckdb=={version}"],
    ):
        made = subprocess.run(command, capture_output=True, text=True, env=environment(UV_SYSTEM_CERTS="1"))
        if made.returncode:
            why = made.stderr.strip()[-200:] or "uv is missing"
            pytest.skip(f"duckdb {version} can't be installed here: {why}")
    return python
