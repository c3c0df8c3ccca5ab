"""Commands beside `run` and `export`, one module a group."""
