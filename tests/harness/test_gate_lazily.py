"""What is imported for expectations that we do not have is loaded when it is used, and works then."""

import subprocess
import sys

from harness.config import PROJECT

_CHILD = """
import sys
from harness.gate.lazily import later
later("json.decoder_that_is_none")
later("xml.dom.minidom")
from xml.dom import minidom
assert "xml.dom.minicompat" not in sys.modules, "loaded though nobody asked"
assert minidom.parseString("<a/>").documentElement.tagName == "a"
assert "xml.dom.minicompat" in sys.modules
"""


def test_module_is_loaded_when_it_is_first_used() -> None:
    """Without it each run would import scipy's statistics, or stop where an expectation needs them."""
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
