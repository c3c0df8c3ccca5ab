"""The project's SQL, compiled by dbt once, run straight on DuckDB after that.

dbt takes about 80 ms a model and 35 ms a test, nearly all of it Python, and seconds to import; the
statements themselves take milliseconds. dbt stays the source: it compiles, a plan of what it compiled is kept
under a fingerprint of all that the SQL depends on, and whatever this package does not know, or that fails, is
dbt's to do. tests/e2e/test_direct.py proves both ways equal, relation by relation.
"""
