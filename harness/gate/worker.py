"""Child process: imports Great Expectations while dbt is still building, then answers requests.

One JSON object per line on stdin, one per line on the real stdout: first {"ready": true, "import_seconds"},
then per request {"results", "summary", "seconds"} or {"error": {code, message, hint}}. What libraries print
goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, TextIO


def _answer(line: str) -> dict[str, Any]:
    from harness.errors import GateError
    from harness.gate import runner

    started = time.perf_counter()
    try:
        answer = runner.run(json.loads(line))
        return answer | {"seconds": round(time.perf_counter() - started, 3)}
    except GateError as error:
        return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    except Exception as error:  # noqa: BLE001 - whatever it is, the gate has not passed and the parent must hear it
        return {"error": {"code": "gate_broken", "message": f"{type(error).__name__}: {error}", "hint": ""}}


def serve(requests: TextIO, answers: TextIO) -> None:
    """Import, announce, answer until stdin ends."""
    started = time.perf_counter()
    from harness.gate.lazily import later

    later("scipy.stats")  # a quarter of the import, for distributions that no suite of ours compares
    import harness.gate.runner  # noqa: F401

    def say(answer: dict[str, Any]) -> None:
        answers.write(
            json.dumps(answer, ensure_ascii=True, default=lambda listed: listed.as_message()) + "\n"
        )
        answers.flush()

    say({"ready": True, "import_seconds": round(time.perf_counter() - started, 3)})
    for line in requests:
        if line.strip():
            say(_answer(line))


def main() -> None:
    """Keep the real stdout for answers, point stdout at stderr, serve."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)
    # all answers are flushed; taking Great Expectations' modules down in good order costs 0.7 s of every run
    os._exit(0)


if __name__ == "__main__":
    main()
