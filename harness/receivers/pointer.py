"""`current.json`: which release is current, where no link can say so. Written last of all, in one go."""

import hashlib
import json

from harness.errors import DeliveryError
from harness.files import safe_name

POINTER = "current.json"
VERSION = "planwise-current/1.0"


def pointer(run_id: str, manifest: bytes) -> bytes:
    """The pointer to a release, with its manifest's checksum, so that a reader can tell a mixture."""
    content = {
        "schema_version": VERSION,
        "run_id": run_id,
        "path": f"releases/{run_id}",
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def release_of(place: str, content: bytes) -> str:
    """The run id that a pointer names. Raises DeliveryError `bad_pointer`."""
    try:
        found = json.loads(content)
        if found["schema_version"] == VERSION and found["path"] == f"releases/{found['run_id']}":
            return safe_name(found["run_id"])
    except (ValueError, KeyError, TypeError, DeliveryError):
        pass
    raise DeliveryError(
        "bad_pointer",
        f"{place} can't be read, or somebody else wrote it",
        "move it aside there, and send again",
    )
