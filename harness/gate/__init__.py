"""Quality gates: suites of tests/expectations, judged by Great Expectations on the built warehouse.

The rest of the harness imports `harness.gate.client` only; Great Expectations (6 s) is imported in the
worker process alone. No argument, variable or option of this package leaves a rule out.
"""
