"""What data sets are called, told by their files without loading one: for help texts."""

from pathlib import Path

IN_WORDS = ", ".join(
    sorted(file.stem.replace("_", "-") for file in Path(__file__).with_name("named").glob("[a-z]*.py"))
)
"""The names, for a sentence."""
