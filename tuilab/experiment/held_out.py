"""Which training images are held out: the last fifth, as Keras's ``validation_split`` has it."""

HELD_OUT = 0.2
"""The share of the training images."""


def held_out_from(images: int) -> int:
    """Return where the part that is held out begins: floor(n * (1 - validation_split)), as in Keras."""
    return int(images * (1.0 - HELD_OUT))
