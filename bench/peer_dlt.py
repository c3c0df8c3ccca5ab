"""The delivery part in dlt: `python -m bench.peer_dlt RELEASE OUT`: a release's documents, one file each.

A resource that yields the rendered documents, and a custom destination that writes what it is given. dlt
extracts, normalises and loads in packages that it keeps on disk; it takes nothing back, and checks nothing
that was written.
"""

from __future__ import annotations

import argparse
import importlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Deliver."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("release", type=Path)
    arguments.add_argument("out", type=Path)
    asked = arguments.parse_args()
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    dlt: Any = importlib.import_module("dlt")
    documents = [
        (path.name, path.read_text(encoding="utf-8")) for path in sorted(asked.release.glob("*.yaml"))
    ]
    asked.out.mkdir(parents=True)

    def rendered() -> Iterator[dict[str, str]]:
        for name, text in documents:
            yield {"name": name, "text": text}

    def files(items: list[dict[str, str]], table: Any) -> None:
        for item in items:
            (asked.out / item["name"]).write_text(item["text"], encoding="utf-8")

    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "delivery",
            pipelines_dir=folder,
            destination=dlt.destination(batch_size=1000, name="files")(files),
        )
        pipeline.run(dlt.resource(rendered, name="document"))
    print(f"{len(documents)} documents in {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
