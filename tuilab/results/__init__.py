"""Runs as tables: rows, columns, comparison, the course's numbers, exports. No Textual, no Typer."""
