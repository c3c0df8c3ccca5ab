"""What was pushed where: navigator_push.json in the home, and what was on the server before, as backups."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.config import Settings, utc_now
from harness.errors import DeliveryError, SourceError
from harness.files import PRIVATE_FILE, atomic_write, fsync_dir, fsync_file, make_dir, safe_join, write_new

NAME = "navigator_push.json"
VERSION = "planwise-navigator-push/1.0"
_BACKUP = "%Y%m%dT%H%M%S.%fZ"


class Journal:
    """The push journal of a home; written after each scenario, so that a crash loses nothing."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.home / NAME
        self._backups = settings.home / "backups" / "navigator"
        self._content = _read(self.path)

    def entry(self, url: str, workspace: str, delivery_key: str) -> dict[str, Any]:
        """What is known of one scenario on one server; empty when it was never pushed."""
        for known in self._content["pushed"]:
            if (known["api"], known["workspace_id"], known["delivery_key"]) == (url, workspace, delivery_key):
                return dict(known)
        return {}

    def note(self, url: str, workspace: str, delivery_key: str, **news: Any) -> None:
        """Record news of one scenario, keeping what was known before."""
        place = {"api": url, "workspace_id": workspace, "delivery_key": delivery_key}
        kept = [known for known in self._content["pushed"] if not place.items() <= known.items()]
        kept.append({**self.entry(url, workspace, delivery_key), **place, **news})
        kept.sort(key=lambda known: (known["api"], known["workspace_id"], known["delivery_key"]))
        self._content["pushed"] = kept
        atomic_write(self.path, (json.dumps(self._content, indent=1) + "\n").encode(), PRIVATE_FILE)

    def back_up(self, delivery_key: str, scenario: dict[str, Any], moment: datetime | None = None) -> Path:
        """Keep a scenario as the server has it, before it is replaced; return the file, read back."""
        stamp = (moment or utc_now()).astimezone(UTC).strftime(_BACKUP)
        folder = make_dir(self._backups)
        path = safe_join(folder, f"{delivery_key[:80]}_{stamp}.json")
        content = (json.dumps(scenario, indent=1, default=float) + "\n").encode()
        write_new(path, content, PRIVATE_FILE)
        fsync_file(path)
        fsync_dir(folder)
        if path.read_bytes() != content:
            raise DeliveryError(
                "backup_differs",
                f"{path} is not what was written",
                "check the disk; the scenario on the server was not touched",
            )
        return path


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"schema_version": VERSION, "pushed": []}
    try:
        content = json.loads(path.read_bytes())
        if content["schema_version"] == VERSION and isinstance(content["pushed"], list):
            return dict(content)
    except (ValueError, KeyError, TypeError):
        pass
    raise SourceError(
        "bad_journal",
        f"{path} can't be read, or was written by another version",
        "move it aside: scenarios are found by name, only who started which run is then forgotten",
    )
