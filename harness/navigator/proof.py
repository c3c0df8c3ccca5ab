"""What a server can prove about a run over its API: that it was configured with our design, by its archive.

It cannot show the engine's own echo (formula_id lies in the run's database), so an outcome read over the API
alone is `unverified`, never more.
"""

from dataclasses import dataclass
from typing import Any

from harness.navigator.api import Object
from harness.navigator.delivered import Delivered
from harness.navigator.merged import missing_from

NO_ECHO = "the API does not show the engine's echo; the run's archived configuration is the delivered design"


@dataclass(frozen=True)
class Proof:
    """What the archive of one run says."""

    refusal: str | None
    """Why the outcome must not be used; null when nothing speaks against it."""
    navigator_version: str | None = None
    git_sha: str | None = None
    config_fingerprint: str | None = None
    random_seed: int | None = None
    census_sha256: str | None = None


def design_of_run(provenance: Object) -> Any:
    """The configuration that the run was given, from its archive; empty when it has none."""
    return _at(provenance, "report", "evidence", "configuration", "effective") or {}


def proof_of(scenario: Delivered, provenance: Object) -> Proof:
    """Judge the archive of a run against what was delivered."""
    evidence = _at(provenance, "report", "evidence") or {}
    return Proof(
        refusal=_refusal(scenario, provenance, evidence),
        navigator_version=_text(_at(evidence, "software", "planalign_version")),
        git_sha=_text(_at(evidence, "software", "git_commit_sha")),
        config_fingerprint=_text(_at(evidence, "configuration", "fingerprint")),
        random_seed=_at(evidence, "random_seed"),
        census_sha256=_text(_at(evidence, "census_input", "sha256")),
    )


def _refusal(scenario: Delivered, provenance: Object, evidence: Any) -> str | None:
    design = design_of_run(provenance)
    template = _at(design, "dc_plan", "match_template")
    findings = _at(provenance, "report", "missing_evidence") or []
    conflict = [item for item in findings if item.get("code") in ("integrity_mismatch", "identity_conflict")]
    if conflict:
        return f"the run's archive contradicts itself: {conflict[0].get('reason')}"
    if not design:
        return "Navigator kept no configuration of this run, so nothing proves what it simulated"
    if template != scenario.echo:
        return (
            f"Navigator did not simulate this design: the run's match is {template!r}, not {scenario.echo!r}"
        )
    differing = missing_from(design, scenario.document)
    if differing:
        return f"stale: the run simulated another version of this design: {differing[0]}"
    first, last = scenario.years
    done = _at(evidence, "run", "completed_years")
    if done and done != list(range(first, last + 1)):
        return f"the run's years are {done}, the scenario's {first} to {last}"
    return None


def _at(found: Any, *path: str) -> Any:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text(found: Any) -> str | None:
    return str(found) if found else None
