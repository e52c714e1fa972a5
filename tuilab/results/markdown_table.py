"""Tables in Markdown, whatever stands in their cells."""

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without a newline at its end; bars in cells are escaped.

    Args:
        head: the columns' names.
        rows: as many cells each; cells hold no newlines (``terminal.clean`` sees to that).
    """
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in (head, *rows))
    first, *rest = (f"| {' | '.join(line)} |" for line in escaped)
    return "\n".join([first, f"|{' --- |' * len(head)}", *rest])
