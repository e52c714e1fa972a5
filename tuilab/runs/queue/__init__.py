"""Runs that wait: a small file in a run's folder says so, and what it waits for."""
