"""Root without its right to pass over permissions: what may not be written says the same to everybody."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

_CAPABILITIES = "-dac_override,-dac_read_search"


def ordinary(*command: str) -> list[str]:
    """The command as somebody runs it who must keep to permissions. Skips where root can't be made so."""
    if os.geteuid() != 0:
        return list(command)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and there is no setpriv (util-linux) to take that away")
    prefix = [setpriv, f"--bounding-set={_CAPABILITIES}", f"--inh-caps={_CAPABILITIES}"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"root may write everywhere, and may not give that up here: {tried.stderr.strip()}")
    return [*prefix, *command]
