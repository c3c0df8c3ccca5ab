"""Parsing tests: corpus, independent generator and evaluator, edits. Nothing here shares code or SQL with
the parser.
"""
