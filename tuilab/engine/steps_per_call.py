"""How many steps are trained in one go: enough to cost nothing, few enough to be stopped and watched."""

GO_SECONDS = 0.1
"""About what one go takes at most. Between two of them the worker looks whether it is to stop and tells how
far it is; both should be noticed within half a second, and a go costs about a millisecond of Python."""


class StepsPerCall:
    """Finds the number from what steps were seen to take.

    Attributes:
        steps: to train in the next go, at least 1.
    """

    def __init__(self) -> None:
        self.steps = 1
        self._warm = False

    def took(self, steps: int, seconds: float) -> None:
        """Take what a go of ``steps`` steps took, until its result was there.

        The first go is not counted: TensorFlow builds its graph in it. The number grows at most twofold a
        go, so that one step that was quick by chance does not make a long one.
        """
        if not self._warm:
            self._warm = True
            return
        fitting = GO_SECONDS * steps / max(seconds, 1e-6)
        self.steps = max(1, int(min(fitting, 2 * self.steps)))
