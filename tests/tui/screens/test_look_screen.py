"""The screen that looks inside a run, in the app."""

import json
from collections.abc import Sequence

import pytest
from finished_runs import finished_run
from harness import FakeSource, LabPilot, lab_app, play, press, until
from looked_into import IMAGES, FixedImages, answers, looked_into, right_after
from records import CIFAR10, epoch

from tuilab.files import paths
from tuilab.looks.catalogue import LOOKS
from tuilab.runs.answers import save
from tuilab.runs.run import Run
from tuilab.tui.app import LabApp
from tuilab.tui.bindings import key_by_id
from tuilab.tui.measurement import Measurement
from tuilab.tui.screens.look.parts import MatrixPart, PageView
from tuilab.tui.screens.look.screen import LookScreen


def opened(ascii_only: bool = False) -> LabApp:
    """Return an app whose runs have images."""
    source = FakeSource()
    source.looks = FixedImages()
    return lab_app(source=source, ascii_only=ascii_only)


def shown(app: LabApp) -> str:
    """Return the screen as text."""
    rows = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in rows)


async def look(app: LabApp, pilot: LabPilot) -> LookScreen:
    """Look inside the run under the cursor."""
    await press(pilot, "4 I")
    await until(pilot, lambda: isinstance(app.screen, LookScreen))
    screen = app.screen
    assert isinstance(screen, LookScreen)
    await until(pilot, lambda: "reading" not in shown(app))
    return screen


async def until_said(app: LabApp, pilot: LabPilot, words: str) -> None:
    """Wait until words stand on the screen."""
    await until(pilot, lambda: words in shown(app), 20.0)


def test_the_first_looks_have_keys_of_their_own_in_the_same_order() -> None:
    for place, one in enumerate(LOOKS[:5]):
        key = key_by_id(f"look.{one.name}")
        assert (key.keys, key.action, key.label) == (str(place + 1), f"go({place})", one.name)


def test_what_is_behind_any_cell_is_one_key_away_and_esc_returns() -> None:
    looked_into()
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        screen = await look(app, pilot)
        assert "airplane taken for bird: 4 images of 40 (10.0 %)" in shown(app), "the most frequent error"
        await press(pilot, "right")
        assert "airplane taken for cat: 4 images of 40" in shown(app)
        await press(pilot, "enter")
        await until_said(app, pilot, "4 test images are of airplane and taken for cat.")
        assert "Filter: airplane, taken for cat. x: all errors" in shown(app)
        await press(pilot, "escape")
        assert screen.look.name == "classes" and screen.query_one(MatrixPart).cursor == (0, 3)
        await press(pilot, "right enter")
        assert "no image is behind this cell" in str([note.message for note in app._notifications])
        assert screen.look.name == "classes"
        await press(pilot, "up left left left left home enter")
        await until_said(app, pilot, "of airplane and taken for it")
        await press(pilot, "x")
        await until_said(app, pilot, "80 test images are taken for another class.")
        assert "Filter" not in shown(app) and "all errors" not in shown(app), "no key without a use"
        await press(pilot, "q")
        assert not isinstance(app.screen, LookScreen)

    play(app, scenario)


def test_keys_go_from_tab_to_tab_and_scroll() -> None:
    looked_into()
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        screen = await look(app, pilot)
        await press(pilot, "tab")
        await until_said(app, pilot, "said:")
        await press(pilot, "right")
        await until_said(app, pilot, "calibration error")
        await press(pilot, "left left")
        assert screen.look.name == "classes", "arrows move between tabs where there are no cells"
        await press(pilot, "4")
        await until_said(app, pilot, "from epoch to epoch")
        await press(pilot, "5")
        await until_said(app, pilot, "This takes two runs")
        await press(pilot, "tab shift+tab shift+tab shift+tab shift+tab")
        assert screen.look.name == "errors"
        texts = screen.query_one("#look-pictures", PageView)
        before = texts.scroll_y
        await press(pilot, "down down pagedown")
        assert texts.scroll_y > before
        await press(pilot, "home")
        assert texts.scroll_y == 0

    play(app, scenario)


def test_two_runs_are_the_marked_one_and_the_one_under_the_cursor() -> None:
    looked_into("bn")
    looked_into("bn-momentum", shift=1)
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "4 home space down")
        screen = await look(app, pilot)
        await press(pilot, "5")
        await until_said(app, pilot, f"of {IMAGES} test images right")
        assert "A: bn-momentum, B: bn" in shown(app) and screen.page is not None
        assert [len(screen.page.facts[which]) for which in ("only_first", "only_second")] == [80, 80]  # type: ignore[arg-type]

    play(app, scenario)


def test_a_run_that_recorded_nothing_says_so_in_place() -> None:
    run = finished_run("bn")
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        await look(app, pilot)
        assert f"{run.id} did not record what it says of the test images." in shown(app)
        await press(pilot, "e")
        assert isinstance(app.screen, LookScreen), "there is nothing to write"

    play(app, scenario)


def test_of_a_run_that_trains_forgetting_grows_and_the_rest_comes_at_the_end() -> None:
    run = finished_run(
        "bn", {"data.source": "cifar10"}, epochs=[epoch(1), epoch(2)], dataset=CIFAR10, last=None
    )
    right_after(run, 2)
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        await look(app, pilot)
        await until_said(app, pilot, "It comes when the run has ended")
        await press(pilot, "4")
        await until_said(app, pilot, "in 2 epochs")
        right_after(run, 3, begin=3)
        await until_said(app, pilot, "in 3 epochs")

    play(app, scenario)


def test_a_page_is_written_as_markdown_and_its_numbers_as_json() -> None:
    run = looked_into()
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        await look(app, pilot)
        for suffix, downs in (("json", "down"), ("md", "down down down")):
            path = paths.home() / "exports" / f"look-classes-{run.id}.{suffix}"
            await press(pilot, f"e {downs} enter")
            await until(pilot, path.exists)
            text = path.read_text()
            assert json.loads(text)["images"] == IMAGES if suffix == "json" else "# bn: which class" in text

    play(app, scenario)


@pytest.mark.parametrize(
    ("size", "ascii_only"),
    [((160, 50), True), ((120, 36), False), ((80, 24), False), ((60, 20), True)],
    ids=["160x50-ascii", "120x36", "80x24", "60x20-ascii"],
)
def test_nothing_is_wider_than_the_screen(size: tuple[int, int], ascii_only: bool) -> None:
    looked_into()
    app = opened(ascii_only)

    async def scenario(pilot: LabPilot) -> None:
        screen = await look(app, pilot)
        for one in LOOKS:
            await press(pilot, "tab" if one is not LOOKS[0] else "1")
            await until(pilot, lambda: "reading" not in shown(app))
            assert f"{one.name}" in shown(app).splitlines()[1]
            for view in screen.query(PageView):
                width = view.scrollable_content_region.width
                assert not view.display or all(
                    sum(len(piece.text) for piece in line) <= width for line in view.lines
                ), one.name
            assert ("▀" in shown(app)) <= (not ascii_only)

    play(app, scenario, size)


class Instant(Measurement):
    """A measurement that has happened."""

    def __init__(self, runs: Sequence[Run], problem: str = "") -> None:
        self.runs, self.doing, self.problem, self.ended = list(runs), "", problem, True

    def stop(self) -> None:
        """Nothing works."""


def test_what_was_not_recorded_is_measured_with_one_key() -> None:
    run = finished_run()
    app = opened()

    def measure(runs: Sequence[Run], what: str, crashed: object) -> Instant:
        save(run, answers())
        return Instant(runs)

    async def scenario(pilot: LabPilot) -> None:
        screen = await look(app, pilot)
        assert "did not record what it says of the test images." in " ".join(shown(app).split())
        screen._source.measure = measure  # type: ignore[method-assign,assignment]
        await until_said(app, pilot, "C: compute it from the trained model")
        await press(pilot, "C")
        await until_said(app, pilot, "test images are right")
        assert "compute" not in shown(app), "no key without a use"

    play(app, scenario)


def test_a_measurement_that_cannot_be_made_says_why() -> None:
    finished_run()
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        screen = await look(app, pilot)
        gone = "the images are gone"
        screen._source.measure = lambda runs, what, crashed: Instant(runs, gone)  # type: ignore[method-assign,assignment]
        await press(pilot, "C")
        await until_said(app, pilot, "The images are gone.")

    play(app, scenario)


def test_forgetting_cannot_be_measured_afterwards() -> None:
    finished_run()
    app = opened()

    async def scenario(pilot: LabPilot) -> None:
        await look(app, pilot)
        await press(pilot, "4")
        await until_said(app, pilot, "did not record which images")
        assert "compute it from" not in shown(app)

    play(app, scenario)
