"""Compares the benchmark of every client and feature in a database with brute.py; says what differs."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import duckdb

from tests.peers import brute

CONTINUOUS = ("min", "p25", "median", "p75", "p90", "max", "percentile", "quartile")
ADOPTION = ("adoption_share", "wilson_low", "wilson_high", "z", "p_value", "effect_h")


def clients(connection: duckdb.DuckDBPyConnection) -> list[brute.Client]:
    """Everybody in dim_client, read anew."""
    rows = connection.execute(
        "select client_ref, client_name, industry, employee_count, state, plan_type"
        " from dim_client order by client_ref"
    ).fetchall()
    return [brute.client(*row) for row in rows]


def benchmarks(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Any]]:
    cursor = connection.execute("select * from fct_peer_benchmark")
    names = [column[0] for column in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {(row["client_ref"], row["feature"]): row for row in found}


def cohort_differences(
    connection: duckdb.DuckDBPyConnection, book: list[brute.Client], some: list[brute.Client]
) -> list[str]:
    """Peers, their order, similarity and step of `some` clients of the book."""
    differences = []
    for one in some:
        step, peers = brute.cohort(one, book)
        expected = sorted((-round(brute.similarity(one, p), 6), p.ref, step) for p in peers)
        rows = connection.execute(
            "select -similarity, peer_ref, widening_step from fct_peer_cohort"
            f" where client_ref = '{one.ref}' order by similarity_rank"
        ).fetchall()
        found = [(round(float(minus), 6), ref, taken) for minus, ref, taken in rows]
        if found != expected:
            differences.append(
                f"{one.ref}: {found[:3]}... of {len(found)}, not {expected[:3]}... of {len(expected)}"
            )
    return differences


def statistic_differences(
    connection: duckdb.DuckDBPyConnection, book: list[brute.Client], some: list[brute.Client]
) -> tuple[int, list[str]]:
    """How many rows were compared, and each figure of fct_peer_benchmark that differs."""
    found = benchmarks(connection)
    features = sorted({feature for _, feature in found})
    differences: list[str] = []
    compared = 0
    for one in some:
        _, peers = brute.cohort(one, book)
        tested: list[tuple[str, float | None]] = []
        for feature in features:
            row = found[one.ref, feature]
            own = row["client_value"]
            known = [p for p in peers if found[p.ref, feature]["client_value"] is not None]
            values: list[Decimal] = [found[p.ref, feature]["client_value"] for p in known]
            organisations = len({p.organisation for p in known} - {None})
            expected: dict[str, Any] = defaultdict(lambda: None)
            if len(values) >= 20 and organisations >= 3:
                expected |= {"n": len(values), "organisations": organisations}
                is_yes_no = feature in brute.YES_NO
                expected |= (brute.yes_no if is_yes_no else brute.continuous)(own, values)
                if is_yes_no and own is not None:
                    tested.append((feature, expected["p_value"]))
            compared += 1
            differences += [
                f"{one.ref} {feature} {name}: {row[name]}, not {expected[name]}"
                for name in ("n", "organisations", *CONTINUOUS, *ADOPTION)
                if not brute.close(row[name], expected[name])
            ]
            if (row["unpublished_reason"] is None) != (expected["n"] is not None):
                differences.append(f"{one.ref} {feature}: {row['unpublished_reason']}")
        for feature, p in tested:
            row = found[one.ref, feature]
            corrected = None if p is None else min(1.0, p * len(tested))
            if not brute.close(row["corrected_p"], corrected) or row["features_tested"] != len(tested):
                differences.append(f"{one.ref} {feature} corrected_p: {row['corrected_p']}, not {corrected}")
            if row["is_significant"] != (corrected is not None and corrected < 0.05):
                differences.append(f"{one.ref} {feature} is_significant: {row['is_significant']}")
    return compared, differences
