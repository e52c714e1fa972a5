"""What a person changes in a sweep: stopped, resumed, a trial or the best point trained again."""

from collections.abc import Callable

from textual.message_pump import MessagePump

from tuilab.sweeps.board import Trial
from tuilab.tui.bindings import key_by_id
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.sweeps.news import News
from tuilab.tui.sweep_source import SweepSource


class Changes:
    """Asks for changes in the background, or says why there is nothing to change."""

    def __init__(
        self, screen: MessagePump, source: SweepSource, name: str, then: Callable[[], object]
    ) -> None:
        """Prepare.

        Args:
            screen: whose app says what happens.
            source: takes the changes.
            name: the sweep's.
            then: called on the UI thread after each change.
        """
        self._screen, self._source, self._name, self._then = screen, source, name, then

    def stop(self, news: News | None) -> None:
        """Stop the sweep."""
        if news is not None and news.board.over:
            self._say("the sweep is finished: nothing trains")
            return
        resume = key_by_id("sweep.resume").names(lab_of(self._screen).settings.keys)[0]
        told = f"stopping {self._name}: what trains stops at its next batch; {resume} resumes it"
        self._do(lambda: self._source.stop(self._name), told)

    def resume(self, news: News | None) -> None:
        """Let the sweep go on."""
        if news is not None and news.board.over:
            self._say("the sweep is finished: nothing is left to train")
        elif news is not None and news.alive and not news.board.stopped:
            self._say("the sweep is under way already")
        else:
            self._do(lambda: self._source.resume(self._name), f"{self._name} goes on")

    def again(self, trial: Trial | None) -> None:
        """Have a trial trained again."""
        if trial is None or trial.state not in ("failed", "pruned"):
            self._say("only a trial that failed or was pruned can be trained again")
            return
        number = trial.number
        told = f"trial {number} will be trained again"
        self._do(lambda: self._source.requeue(self._name, number), told)

    def confirm(self, news: News | None) -> None:
        """Train the best and the preset again with fresh seeds."""
        if news is None or not news.board.over or news.best is None:
            self._say("the best point is trained again with fresh seeds once the sweep is finished")
            return
        told = "the best point and the preset's own will be trained again with fresh seeds"
        self._do(lambda: self._source.confirm(self._name), told)

    def _say(self, sentence: str) -> None:
        lab_of(self._screen).say(sentence)

    def _do(self, job: Callable[[], object], told: str) -> None:
        def done(_: object) -> None:
            self._say(told)
            self._then()

        lab_of(self._screen).background.run(job, done)
