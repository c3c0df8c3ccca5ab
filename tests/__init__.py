"""Tests of planwise; a package so that `python -m tests.parsing.test_corpus` finds its neighbours."""
