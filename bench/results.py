"""Rows of the bench's table: what was measured, beside what, and whether it is what issue 9 asks for."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.measure import Cost
from docs.blocks import table

PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "pyyaml", "pandas", "dlt")


@dataclass(frozen=True)
class Row:
    """One thing that was measured."""

    section: str
    name: str
    wall: float | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    written_mb: float | None = None
    disk_mb: float | None = None
    beside: float | None = None
    """What it is compared with, in the same unit."""
    beside_name: str = ""
    beside_cpu: float | None = None
    bound: float | None = None
    """The ratio, or the value, that it may have at most."""
    unit: str = "s"
    is_absolute: bool = False
    """Whether the bound is of `wall` itself; else of wall / beside."""
    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    note: str = ""
    error: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs."""
        return self.wall / self.beside if self.wall is not None and self.beside else None

    @property
    def cpu_ratio(self) -> float | None:
        """The same in processor seconds, which other work on the machine moves less."""
        return self.cpu / self.beside_cpu if self.cpu is not None and self.beside_cpu else None

    @property
    def is_met(self) -> bool | None:
        """Whether the bound is kept; null where there is none. What failed does not keep it."""
        if self.bound is None:
            return None
        found = self.wall if self.is_absolute else self.ratio
        return found is not None and not self.error and found <= self.bound

    def against(self, name: str, peer: Cost, bound: float | None, note: str) -> Row:
        """The same beside a peer; the steps stay, to tell why a bound is not kept."""
        return replace(
            self,
            name=f"{self.name} / {name}",
            peak_mb=None,
            written_mb=None,
            disk_mb=None,
            beside=peer.wall,
            beside_name=name,
            beside_cpu=peer.cpu,
            bound=bound,
            note=note,
        )

    def as_json(self) -> dict[str, Any]:
        """All of it, with what follows from it."""
        return asdict(self) | {"ratio": self.ratio, "cpu_ratio": self.cpu_ratio, "is_met": self.is_met}


def of_cost(section: str, name: str, cost: Cost, **more: Any) -> Row:
    """A row about one command."""
    return Row(section, name, cost.wall, cost.cpu, cost.peak_mb, cost.written_mb, **more)


def machine() -> dict[str, str]:
    """Where it was measured, and with which versions."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": str(os.cpu_count()),
        "processor": model,
        "memory": f"{memory / 2**20:.0f} GB",
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": sys.version.split()[0],
        **packages,
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def _number(value: float | None, form: str = ".1f") -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:{form if abs(value) >= 1 else '.2f'}}"


def _verdict(row: Row) -> str:
    if row.error:
        return f"failed: {row.error}"
    if row.is_met is None:
        return row.note
    slowest = max(row.steps.items(), key=lambda item: item[1], default=None)
    why = f" (slowest step: {slowest[0]}, {_number(slowest[1])} s)" if slowest and not row.is_met else ""
    limit = f"{row.bound:.3g} {row.unit if row.is_absolute else 'x'}"
    said = f"**met** (bound {limit})" if row.is_met else f"**not met** (bound {limit}){why}"
    return "; ".join(filter(None, (said, row.note)))


def markdown(rows: Sequence[Row], where: Mapping[str, str]) -> str:
    """Every section as a table, then the seconds per step, then the slowest models."""
    parts = [
        f"Measured {where['at']}: {where['cores']} cores of {where['processor']}, {where['memory']};"
        f" load {where['load']} at the start. Python {where['python']}, "
        f"{', '.join(f'{name} {where[name]}' for name in PACKAGES)}."
    ]
    for section in dict.fromkeys(row.section for row in rows):
        head = (
            "what",
            "wall s",
            "CPU s",
            "peak MB",
            "written MB",
            "on disk MB",
            "beside",
            "ratio",
            "CPU ratio",
            "verdict",
        )
        parts += [
            f"#### {section}",
            table(head, [_cells(row) for row in rows if row.section == section]),
        ]
    stepped = [row for row in rows if row.steps and row.peak_mb is not None]
    if stepped:
        steps = list(dict.fromkeys(step for row in stepped for step in row.steps))
        parts += [
            "#### Seconds per step",
            table(
                ("step", *(f"{row.section}: {row.name}" for row in stepped)),
                [(step, *(_number(row.steps.get(step), ".2f") for row in stepped)) for step in steps],
            ),
        ]
    for row in rows:
        if row.models:
            said = ", ".join(f"{name} {_number(seconds)}" for name, seconds in list(row.models.items())[:10])
            parts.append(
                f"Slowest models, {row.section}, seconds: {said}; all {sum(row.models.values()):.1f}."
            )
    return "\n\n".join(parts)


def _cells(row: Row) -> tuple[str, ...]:
    beside = f"{_number(row.beside)} ({row.beside_name})" if row.beside is not None else ""
    figures = (row.cpu, row.peak_mb, row.written_mb, row.disk_mb)
    shown = _number(row.wall) + ("" if row.unit == "s" else f" {row.unit}")
    return (
        row.name,
        shown,
        *map(_number, figures),
        beside,
        *(_number(one, ".2f") for one in (row.ratio, row.cpu_ratio)),
        _verdict(row),
    )


def unmet(rows: Iterable[Row]) -> list[str]:
    """Names of what failed or is not within its bound."""
    return [f"{row.section}: {row.name}" for row in rows if row.error or row.is_met is False]
