"""The epochs of an ended run as the index holds them: all but the last decoded when somebody asks for them.

A table of thousands of runs shows of each how many epochs it has, and what the last one measured.
"""

from collections.abc import Iterable, Sequence
from typing import overload

from tuilab.runs.journal.records import Epoch

_BETWEEN = b"\x1e"
"""Between two epochs; JSON writes it as an escape."""


class StoredEpochs(Sequence[Epoch]):
    """Epochs in their order; equal to any other sequence of the same ones."""

    def __init__(self, text: bytes) -> None:
        """Take what ``encode`` returned; raises ValidationError if the last epoch cannot be understood."""
        self._text = text
        self._count = text.count(_BETWEEN) + 1 if text else 0
        self._last = Epoch.model_validate_json(text.rpartition(_BETWEEN)[2]) if text else None
        self._all: list[Epoch] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Epoch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Epoch]: ...
    def __getitem__(self, index: int | slice) -> Epoch | Sequence[Epoch]:
        if index == -1 and self._last is not None:
            return self._last
        if self._all is None:
            texts = self._text.split(_BETWEEN) if self._text else []
            self._all = [Epoch.model_validate_json(text) for text in texts]
        return self._all[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))


def encode(epochs: Iterable[Epoch]) -> bytes:
    """Return epochs as text without tabs and newlines."""
    return _BETWEEN.join(epoch.model_dump_json().encode() for epoch in epochs)
