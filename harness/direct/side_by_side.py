"""Nodes that do not wait for one another are built at once, each over a cursor of its own.

DuckDB shares a query out among the cores by row groups of 122,880 rows; the tables of ten thousand clients
are one. So a core would idle, as it would while a commit is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from harness.direct.plan import Node

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AT_ONCE = min(4, os.cpu_count() or 1)


def build(
    session: DuckDBPyConnection,
    nodes: Sequence[Node],
    one: Callable[[DuckDBPyConnection, Node], None],
    at_once: int = AT_ONCE,
) -> None:
    """Call `one` for each node when all that it needs is done; raises what the first one that fails raises.

    No node begins after that, and those at work are interrupted.
    """
    needed = needs(nodes)
    below = _below(needed)
    # first what most others wait for, one behind the other
    left = sorted(nodes, key=lambda node: -below[node.name])
    # who calls works, too: with more threads beside them all would wait for one another
    session.execute(f"set threads = {max(1, (os.cpu_count() or 1) - at_once + 1)}")
    cursors = [_cursor(session) for _ in range(at_once)]
    free = list(cursors)
    running: dict[Future[None], tuple[Node, DuckDBPyConnection]] = {}
    try:
        with ThreadPoolExecutor(at_once) as pool:
            try:
                while left or running:
                    for node in [node for node in left if not needed[node.name]][: len(free)]:
                        cursor = free.pop()
                        running[pool.submit(one, cursor, node)] = node, cursor
                        left.remove(node)
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        node, cursor = running.pop(future)
                        future.result()
                        free.append(cursor)
                        for names in needed.values():
                            names.discard(node.name)
            except BaseException:
                for _, cursor in running.values():
                    cursor.interrupt()
                raise
    finally:
        for cursor in cursors:
            cursor.close()


def needs(nodes: Sequence[Node]) -> dict[str, set[str]]:
    """Names of the nodes that must be done before each one: of those before it, what it reads or tests.

    What is written to the state outlasts the build: it waits for every node before it, tests too, and every
    node behind it waits for it.
    """
    by_relation: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    last: set[str] = set()
    for node in nodes:
        if is_of_state(node):
            found[node.name] = set(found)
            last = {node.name}
        else:
            read = {by_relation[name] for name in (*node.inputs, node.reads) if name in by_relation}
            # a guard is about what it lets be written: that comes behind it
            tested = found.keys() & set(node.tests)
            found[node.name] = read | tested | last
        if node.relation:
            by_relation[node.relation] = node.name
    return found


def _below(needed: dict[str, set[str]]) -> dict[str, int]:
    """How long the longest chain of nodes is that wait for a node; `needed` has each after what it needs."""
    found = dict.fromkeys(needed, 0)
    for name in reversed(needed):
        for above in needed[name]:
            found[above] = max(found[above], found[name] + 1)
    return found


def is_of_state(node: Node) -> bool:
    """Tell whether the node writes to the state; a test writes nothing, and goes with the warehouse's."""
    return node.relation.startswith('"state".')


def _cursor(session: DuckDBPyConnection) -> DuckDBPyConnection:
    made = session.cursor()
    made.execute("set timezone = 'UTC'")
    return made
