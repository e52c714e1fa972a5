"""The time at which tests make runs."""

from datetime import datetime

NOON = datetime(2026, 1, 2, 12, 30, 15).timestamp()
"""Where the store's clock stands in tests that take the fixture ``clock``: seconds since 1970."""
