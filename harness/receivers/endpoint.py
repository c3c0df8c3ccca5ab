"""One endpoint of the settings: where a delivery goes. It holds names of secrets, never their values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.config import SETTINGS, Settings
from harness.errors import SourceError

REPORTS = "reports"
"""The target of batch reports: no release, a folder a report."""
PAGE = "docs/endpoints.md shows what an endpoint may hold"


@dataclass(frozen=True)
class Endpoint:
    """One place that deliveries go to."""

    name: str
    kind: str
    targets: tuple[str, ...]
    place: str
    """The path or URL as it is written in the settings."""
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Name of a setting to the name of the environment variable that holds it; never the value."""

    @property
    def takes_releases(self) -> bool:
        """Whether it takes whole releases (all or nothing) rather than single documents."""
        return self.kind in ("directory", "fsspec")

    def folder(self, settings: Settings) -> Path:
        """The folder of an endpoint of kind directory; a relative path counts from the home."""
        return (settings.lasting_home / Path(self.place).expanduser()).resolve()

    def secret(self, name: str, environment: Mapping[str, str] = os.environ) -> str:
        """The value of a secret. Raises SourceError naming the environment variable that is unset."""
        variable = self.secrets.get(name, "")
        value = environment.get(variable, "")
        if not value:
            raise SourceError(
                "secret_unset",
                f"endpoint {self.name}: the environment variable {variable or name!r} is not set",
                f"set it where planwise runs; `secrets` in {SETTINGS} holds names of variables, no values",
            )
        return value

    def hidden_in(self, text: str, environment: Mapping[str, str] = os.environ) -> str:
        """The text without any secret of this endpoint: servers and libraries may repeat them."""
        values = {environment.get(variable, "") for variable in self.secrets.values()}
        for value in sorted(values - {""}, key=len, reverse=True):
            text = text.replace(value, "***")
        return text
