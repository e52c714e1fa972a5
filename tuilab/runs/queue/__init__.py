"""Queued runs: a small file in a run's folder says that it is queued, and what it waits for."""
