"""An app with runs: what the observer says of them, what a person wants of them, and leaving meanwhile."""

from typing import TYPE_CHECKING, assert_never

from textual.content import Content
from textual.widgets import Static

from tuilab.tui.draft_app import DraftApp
from tuilab.tui.messages import Metered, QueueListed, RunGrew, RunLost, RunsListed, RunUnreachable

if TYPE_CHECKING:
    from tuilab.tui.run_book import BookedRun
    from tuilab.tui.run_control import RunControl
    from tuilab.tui.screens.leave import Choice


class RunsApp(DraftApp):
    """Starts, follows, stops and shows runs, once the session is read."""

    def __init__(self, *, ascii_only: bool, native_colors: bool | None) -> None:
        """Prepare an app that knows no runs yet; as ``TerminalApp``."""
        super().__init__(ascii_only=ascii_only, native_colors=native_colors)
        self._control: RunControl | None = None
        self._title: Content | None = None
        """The first line as it was painted last."""

    @property
    def control(self) -> "RunControl":
        """The runs; there from the moment the panes are mounted."""
        if self._control is None:
            raise RuntimeError("the runs are asked for before the session was read")
        return self._control

    # What the observer says

    def on_runs_listed(self, message: RunsListed) -> None:
        """The store was listed."""
        self.control.listed(message)

    def on_queue_listed(self, message: QueueListed) -> None:
        """The queue is another."""
        self.control.queue_listed(message)

    def on_run_grew(self, message: RunGrew) -> None:
        """A run's journal grew."""
        self.control.grew(message)

    def on_run_lost(self, message: RunLost) -> None:
        """A run's worker is gone."""
        self.control.lost(message)
        self.refresh_title()

    def on_run_unreachable(self, message: RunUnreachable) -> None:
        """A run's worker on another host fell silent, or is heard of again."""
        self.control.unreachable(message)
        self.refresh_title()

    def on_metered(self, message: Metered) -> None:
        """Show what the machine is at, while something trains."""
        from tuilab.tui.meters import words

        for line in self.lab_screen.query("#meters").results(Static):  # none while the app is being left
            line.set_class(bool(self.session.book.training), "-shown")
            line.update(words(message.reading), layout=False)

    # What a person wants

    def show(self, run_id: str) -> None:
        """Show a run's curves."""
        self.control.show(run_id)

    def follow(self, run_id: str) -> None:
        """Have a run's whole journal read."""
        self.control.follow(run_id)

    def follow_wanted(self) -> None:
        """Follow what is shown and marked."""
        self.control.follow_wanted()

    def action_start_run(self) -> None:
        """Train the draft."""
        self.control.queue.start_draft()

    def action_stop_run(self) -> None:
        """Stop the run under the cursor, else the shown one."""
        self.control.stopping.stop_in_focus(self._under_cursor())

    def action_resume_run(self) -> None:
        """Let the run in focus continue."""
        from tuilab.tui.resuming import resume

        if run := self._run_in_focus():
            resume(self, run)

    def action_fork_run(self) -> None:
        """Put a fork of the run in focus in the network pane."""
        from tuilab.tui.resuming import choose_fork

        if run := self._run_in_focus():
            choose_fork(self, run)

    def action_hold_run(self) -> None:
        """Keep the run in focus from starting, or release it."""
        if run := self._run_in_focus():
            self.control.queue.toggle_hold(run)

    def action_move_run(self, step: int) -> None:
        """Move the run in focus in the queue."""
        if run := self._run_in_focus():
            self.control.queue.move(run, step)

    def action_show_queue(self) -> None:
        """Show what waits, and let the person change it."""
        from tuilab.tui.screens.queue import QueueScreen

        def chosen(run_id: str | None) -> None:
            if run_id is not None:
                self.show(run_id)
                self.lab_screen.go_to_curves()

        self.push_screen(QueueScreen(self.session.book, self.control.queue), chosen)

    def action_show_sweeps(self) -> None:
        """Show the sweeps, or let the person start one."""
        from tuilab.tui.sweeping import show_sweeps

        show_sweeps(self, self.control.sweeps)

    def action_test_rate(self) -> None:
        """Test which learning rate the experiment in the network pane can take."""
        from tuilab.tui.rate_testing import show_rate_test

        show_rate_test(self)

    def action_look_inside(self) -> None:
        """Show what is inside the run in focus."""
        from tuilab.tui.looking import look_inside

        if run := self._run_in_focus():
            look_inside(self, self.control.looks, run)

    def action_show_log(self) -> None:
        """Show what the shown run's worker printed."""
        from tuilab.tui.screens.log import LogScreen

        run = self.session.book.find(self.session.book.shown)
        if run is None:
            self.say(
                f"no run is shown: {self.key_of('run.start')} starts one, Enter in the results shows one"
            )
        else:
            self.push_screen(LogScreen(run.run))

    def _under_cursor(self) -> str | None:
        pane = self.lab_screen.pane(self.lab_screen.active)
        return pane.run_in_focus() if pane else None

    def _run_in_focus(self) -> "BookedRun | None":
        """Return the run under the cursor, else the shown one; None, and a sentence, if there is none."""
        book = self.session.book
        run = book.find(self._under_cursor()) or book.find(book.shown)
        if run is None:
            self.say(
                f"there are no runs yet: {self.key_of('run.start')} trains the experiment in the network pane"
            )
        return run

    # Leaving

    def action_help_quit(self) -> None:
        """Ctrl-C leaves, as q does."""
        self.action_leave()

    def action_leave(self) -> None:
        """Leave; where a run trains or waits in the queue, ask what becomes of it."""
        from tuilab.tui.screens.leave import LeaveScreen

        if isinstance(self.screen, LeaveScreen):
            return
        control = self._control
        if control is not None and control.queue.pending:
            self.background.run(lambda: None, lambda _: self.action_leave())  # once it is queued
            return
        book = self._session.book if self._session is not None else None
        if control is None or book is None or not (book.training or any(one.moves for one in book.queue)):
            self.exit(0)
            return

        def decided(choice: "Choice | None") -> None:
            match choice:
                case "stop":
                    # the signals are sent from the background: leave once they are
                    control.stopping.stop_all(lambda _: self.exit(0))
                case "leave":
                    self.exit(0)
                case "stay" | None:
                    pass
                case _:
                    assert_never(choice)

        self.push_screen(LeaveScreen(book), decided)

    def training_ids(self) -> list[str]:
        """Return the runs that train, as far as the app knows."""
        return [run.id for run in self._session.book.training] if self._session is not None else []

    def queued_count(self) -> int:
        """Return how many runs are queued, as far as the app knows."""
        return len(self._session.book.queued) if self._session is not None else 0

    def refresh_title(self) -> None:
        """Say in the first line what is in the network pane and what trains."""
        from tuilab.tui.title import title

        if self._session is not None:
            for line in self.lab_screen.query("#title").results(Static):  # none while the app is being left
                wanted = title(self._session, line.size.width or self.size.width - 2)
                if wanted != self._title:
                    self._title = wanted
                    line.update(wanted, layout=False)
