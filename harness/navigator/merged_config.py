"""The merged configuration of a run, read and taken apart: what we wrote, what its base had beside."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LARGEST, _MOST = 16 * 1024 * 1024, 200_000
"""Bytes and values; Navigator's own has 20 KB and some thousand."""
# what the state keeps, so that a later build can tell whether this is still the design; no path is in it
_KEPT = (
    "simulation",
    "deferral_auto_escalation",
    "employer_core_contribution",
    "eligibility",
    "dc_plan",
    "design_matrix",
)
# written only where the feature is on; where it is off the base's own shows through, and means nothing
_WHERE_ON = (
    *(f"enrollment.auto_enrollment.{key}" for key in ("scope", "hire_date_cutoff", "default_deferral_rate")),
    *(f"deferral_auto_escalation.{key}" for key in ("increment_amount", "maximum_rate", "hire_date_cutoff")),
    *(f"dc_plan.auto_enroll_{key}" for key in ("scope", "hire_date_cutoff")),
    *(f"dc_plan.escalation_{key}" for key in ("rate_percent", "cap_percent", "hire_date_cutoff")),
    "dc_plan.default_deferral_percent",
    # labels: no SQL model of Navigator reads them
    "employer_match.formulas",
    "employer_match.active_formula",
)


def read_config(path: Path | None) -> tuple[dict[str, Any] | None, str | None]:
    """The merged configuration and its SHA-256; (null, null) where there is none or it is no plain YAML."""
    import yaml

    if path is None or path.stat().st_size > _LARGEST:
        return None, None
    content = path.read_bytes()
    try:
        decoded = _plain(yaml.load(content, Loader=_tolerant()), [_MOST])  # noqa: S506 (safe, and one tag more)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None, None
    if not isinstance(decoded, dict):
        return None, None
    return decoded, hashlib.sha256(content).hexdigest()


def _plain(value: Any, left: list[int]) -> Any:
    """The value with names that are text; ValueError where it is endless (YAML can refer to itself)."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("more values than any configuration has")
    if isinstance(value, Mapping):
        return {str(key): _plain(item, left) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, left) for item in value]
    return value


def _tolerant() -> type[Any]:
    """A safe loader that reads an object of Python (Navigator dumps enums and paths) as what it holds."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def plain(loader: Any, _suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", plain)
    return Loader


def design_of(config: Mapping[str, Any]) -> str:
    """The blocks of ours that move the engine, as JSON."""
    kept = {name: config[name] for name in _KEPT if name in config}
    enrollment = config.get("enrollment")
    if isinstance(enrollment, dict) and "auto_enrollment" in enrollment:
        kept["enrollment"] = {"auto_enrollment": enrollment["auto_enrollment"]}
    return _canonical(kept)


def base_checksum(config: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """SHA-256 of all that a scenario inherits: two results can be compared where it is the same."""
    written = {*_leaves(document), *_WHERE_ON}
    return hashlib.sha256(_canonical(_without(config, written)).encode()).hexdigest()


def _leaves(document: Mapping[str, Any], above: str = "") -> list[str]:
    found = []
    for key, value in document.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping) and value and path != "design_matrix":
            found += _leaves(value, f"{path}.")
        elif not isinstance(value, Mapping) or path == "design_matrix":
            found.append(path)
    return found


def _without(config: Mapping[str, Any], written: set[str], above: str = "") -> dict[str, Any]:
    rest = {}
    for key, value in config.items():
        path = f"{above}{key}"
        if path not in written:
            rest[key] = _without(value, written, f"{path}.") if isinstance(value, Mapping) else value
    return rest


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
