"""RESULTS: every run in a table."""
