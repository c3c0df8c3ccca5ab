"""What a load must have done, worked out from the rows alone: counts, versions of designs, who is delivered.

No code of planwise is asked, and none of its files is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

Row = dict[str, str]
NO_DESIGN = frozenset(("client_id", "notes"))
"""Columns that say nothing about a plan: an edit there makes no version and no other document."""


@dataclass(frozen=True)
class Version:
    """One version of a client's design: how it began, how it ended, in which loads."""

    row: Row
    reason: str
    begun: int
    ended: int | None = None
    end_reason: str | None = None


@dataclass(frozen=True)
class Step:
    """What one load must have done."""

    number: int
    counts: dict[str, int]
    edited: dict[str, dict[str, tuple[str, str]]]
    """Columns of the design that differ, (before, after), by client that was there before and is now."""
    inserted: frozenset[str]
    deleted: frozenset[str]

    @property
    def moves(self) -> bool:
        """Whether anything differs at all."""
        return any(self.counts[kind] for kind in ("inserted", "changed", "deleted"))


@dataclass
class Expected:
    """All that was loaded so far."""

    published: dict[str, Row] = field(default_factory=dict)
    versions: dict[str, tuple[Version, ...]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    """The reference that each client was seen with first; it must never change."""
    held: set[str] = field(default_factory=set)
    """Clients that were given words that nobody understands."""
    never_delivered: set[str] = field(default_factory=set)
    """Clients of the sample that wait from the first load on."""
    delivered_before: set[str] = field(default_factory=set)
    is_delivered_already: bool = False
    """Whether the state alone was rolled back: the next load finds its documents in place."""
    load: int = 0

    def copy(self) -> Expected:
        """The same, apart."""
        return replace(
            self,
            published=dict(self.published),
            versions=dict(self.versions),
            refs=dict(self.refs),
            held=set(self.held),
            delivered_before=set(self.delivered_before),
        )

    @property
    def current(self) -> set[str]:
        """Clients whose design stands."""
        return {name for name, versions in self.versions.items() if versions[-1].ended is None}

    def delivered(self, rows: dict[str, Row]) -> set[str]:
        """Clients that have documents."""
        return rows.keys() - self.held - self.never_delivered

    def loaded(self, rows: dict[str, Row]) -> Step:
        """Take note of a load that went through."""
        self.load += 1
        inserted, deleted = rows.keys() - self.published.keys(), self.published.keys() - rows.keys()
        both = rows.keys() & self.published.keys()
        changed = {name for name in both if rows[name] != self.published[name]}
        edited = {name: _edits(self.published[name], rows[name]) for name in changed}
        counts = {
            "inserted": len(inserted),
            "changed": len(changed),
            "deleted": len(deleted),
            "unchanged": len(both) - len(changed),
        }
        step = Step(
            self.load,
            counts,
            {name: edits for name, edits in edited.items() if edits},
            frozenset(inserted),
            frozenset(deleted),
        )
        for name in step.inserted:
            before = self.versions.get(name, ())
            new = Version(rows[name], "returned" if before else "first_seen", self.load)
            self.versions[name] = (*before, new)
        for name in step.edited:
            self._end(name, "source_changed")
            self.versions[name] = (*self.versions[name], Version(rows[name], "source_changed", self.load))
        for name in step.deleted:
            self._end(name, "removed")
        self.published = dict(rows)
        return step

    def _end(self, name: str, why: str) -> None:
        *before, last = self.versions[name]
        self.versions[name] = (*before, replace(last, ended=self.load, end_reason=why))


def _edits(before: Row, after: Row) -> dict[str, tuple[str, str]]:
    return {
        column: (before[column], after[column])
        for column in after
        if column not in NO_DESIGN and before[column] != after[column]
    }
