"""What a server can prove about a run over its API: that it was configured with our design, by its archive.

It cannot show the engine's own echo (formula_id lies in the run's database), so an outcome that was read over
the API alone has no echo and carries the problem `echo_not_shown`, however well the rest fits.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from harness.navigator.api import Object
from harness.navigator.delivered import Delivered
from harness.navigator.merged import missing_from, simulated

NO_ECHO = "echo_not_shown"


@dataclass(frozen=True)
class Problem:
    """Why an outcome must not be taken for the delivered design's: a stable code, and the sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Proof:
    """What the archive of one run says of where its figures come from."""

    problem: Problem | None
    """The worst that speaks against it; null when only the echo is wanting."""
    scenario_id: str | None = None
    navigator_version: str | None = None
    git_sha: str | None = None
    config_fingerprint: str | None = None
    seed: int | None = None
    census_sha256: str | None = None
    run_at: str | None = None
    config: Any = None
    config_hash: str | None = None


def design_of_run(provenance: Object) -> Any:
    """The configuration that the run was given, from its archive; empty when it has none."""
    return _at(provenance, "report", "evidence", "configuration", "effective") or {}


def proof_of(scenario: Delivered, run_id: str, provenance: Object) -> Proof:
    """Judge the archive of a run against what was delivered."""
    evidence = _at(provenance, "report", "evidence") or {}
    design = design_of_run(provenance)
    seed = _at(evidence, "random_seed")
    canonical = json.dumps(design, sort_keys=True, default=float).encode()
    return Proof(
        problem=_problem(scenario, run_id, provenance, evidence, design),
        scenario_id=_text(_at(design, "scenario_id")),
        navigator_version=_text(_at(evidence, "software", "planalign_version")),
        git_sha=_text(_at(evidence, "software", "git_commit_sha")),
        config_fingerprint=_text(_at(evidence, "configuration", "fingerprint")),
        seed=seed if isinstance(seed, int) else None,
        census_sha256=_text(_at(evidence, "census_input", "sha256")),
        run_at=_text(_at(evidence, "timing", "started_at")),
        # as a configuration that is read from a file, numbers as doubles: both are kept in one table
        config=json.loads(json.dumps(design, default=float)) if design else None,
        config_hash=hashlib.sha256(canonical).hexdigest() if design else None,
    )


def _problem(
    scenario: Delivered, run_id: str, provenance: Object, evidence: Any, design: Any
) -> Problem | None:
    findings = _at(provenance, "report", "missing_evidence") or []
    against = [item for item in findings if item.get("code") in ("integrity_mismatch", "identity_conflict")]
    if against:
        return Problem(
            "archive_conflict", f"the run's archive contradicts itself: {against[0].get('reason')}"
        )
    if _at(evidence, "run", "run_id") != run_id:
        return Problem("archive_conflict", "the archive is another run's")
    if not design:
        return Problem("no_config", "Navigator kept no configuration of this run: nothing proves its design")
    template = _at(design, "dc_plan", "match_template")
    if template != scenario.slug:
        return Problem(
            "other_design",
            f"Navigator did not simulate this design: the run's match is {template!r}, not {scenario.slug!r}",
        )
    differing = missing_from(design, simulated(scenario.document))
    if differing:
        return Problem("stale_design", f"the run simulated another version of this design: {differing[0]}")
    return None


def _at(found: Any, *path: str) -> Any:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text(found: Any) -> str | None:
    return str(found) if found else None
