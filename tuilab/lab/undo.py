"""What can be undone, in the order it was done: changes of the draft, and what panes changed."""

from collections.abc import Callable
from dataclasses import dataclass

from tuilab.lab.draft import Draft


@dataclass(frozen=True)
class PaneChange:
    """Something done that can be undone.

    Attributes:
        label: what it was, as ``the deleted run 20261101-...``.
        take_back: undoes it; called on the UI thread.
    """

    label: str
    undo: Callable[[], None]


class UndoStack:
    """Keeps changes of the draft and those of panes in one order; the draft keeps its own states."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._done: list[PaneChange | None] = []  # None: a change of the draft
        self._forgotten = draft.forgotten

    def note_draft(self) -> None:
        """Note changes of the draft since the last note."""
        noted = sum(change is None for change in self._done)
        made = self._draft.depth + self._draft.forgotten
        self._done += [None] * (made - noted - self._forgotten)
        for _ in range(self._draft.forgotten - self._forgotten):
            self._done.remove(None)
        self._forgotten = self._draft.forgotten

    def note(self, label: str, undo: Callable[[], None]) -> None:
        """Note a change that a pane made, and changes of the draft before it."""
        self.note_draft()
        self._done.append(PaneChange(label, undo))

    def undo(self) -> str | None:
        """Take back what was done last.

        Returns:
            The change's label, an empty string for a change of the draft, None if there is nothing.
        """
        self.note_draft()
        if not self._done:
            return None
        last = self._done.pop()
        if last is None:
            self._draft.undo()
            return ""
        last.undo()
        return last.label

    def redo(self) -> bool:
        """Make a change of the draft again that was undone; False if there is none."""
        if not self._draft.redo():
            return False
        self._done.append(None)
        return True
