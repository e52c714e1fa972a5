"""The first start says what is here, and whatever is chosen ends in images that can be trained on."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from app_bench import Bench
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tuilab.bases.base_network import BaseNetwork
from tuilab.errors import MissingError
from tuilab.lab.data_choice import DataChoice
from tuilab.sources import base_weights
from tuilab.sources.named import DOWNLOADED
from tuilab.sources.progress import Progress
from tuilab.tui.screens.download import progress_words
from tuilab.tui.screens.welcome import WelcomeScreen

MIB = 2**20
CIFAR10 = DOWNLOADED["cifar10"]
OTHERS = [f"fetch-{name}" for name in DOWNLOADED if name != "cifar10"]
"""What can be downloaded beside the course's images."""
Scenario = Callable[[WelcomeScreen, Pilot[None]], Coroutine[Any, Any, None]]


def play(home: Path, scenario: Scenario, *, size: tuple[int, int] = (80, 24)) -> list[DataChoice | None]:
    """Run a scenario on the first start; return what it was dismissed with."""
    results: list[DataChoice | None] = []

    async def run() -> None:
        app = Bench(home)
        async with app.run_test(size=size) as pilot:
            screen = WelcomeScreen()
            app.push_screen(screen, results.append)
            await pilot.pause()
            await scenario(screen, pilot)
            await pilot.pause()

    asyncio.run(run())
    return results


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without images and weights, whatever this one has."""
    for files in DOWNLOADED.values():
        monkeypatch.setitem(vars(files), "location", lambda: None)
    monkeypatch.setattr(base_weights, "location", lambda base: None)


def text(screen: WelcomeScreen, id_: str) -> str:
    return str(screen.query_one(f"#{id_}", Static).render())


def choices(screen: WelcomeScreen) -> list[str | None]:
    return [option.id for option in screen.query_one(OptionList).options]


async def choose(screen: WelcomeScreen, pilot: Pilot[None], id_: str) -> None:
    screen.query_one(OptionList).highlighted = choices(screen).index(id_)
    await pilot.press("enter")
    await pilot.pause()


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    for _ in range(200):
        if true():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come true within two seconds")


def test_enter_starts_on_digits(tmp_path: Path) -> None:
    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        facts = text(screen, "facts")
        assert "✓ digits" in facts and "– CIFAR-10  not on this machine" in facts and "– VGG16" in facts
        assert choices(screen) == ["digits", "fetch-cifar10", *OTHERS, "fetch-vgg16", "images", "weights"]
        await pilot.press("enter")

    assert play(tmp_path, scenario) == [DataChoice(source="digits")]


def test_escape_leaves_the_choice_for_later(tmp_path: Path) -> None:
    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await pilot.press("escape")

    assert play(tmp_path, scenario) == [None]


def test_what_is_here_needs_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(CIFAR10), "location", lambda: Path("/cache/[red]\x1b[31mcifar"))
    monkeypatch.setattr(base_weights, "location", lambda base: ("Keras's cache", Path("/cache/vgg16.h5")))

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        assert "✓ CIFAR-10  /cache/[red]\\e[31mcifar" in text(screen, "facts")
        assert choices(screen) == ["digits", "cifar10", *OTHERS, "images", "weights"]
        await choose(screen, pilot, "cifar10")

    assert play(tmp_path, scenario) == [DataChoice(source="cifar10")]


def test_a_file_of_the_weights_name_that_is_another_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(base: BaseNetwork) -> None:
        raise MissingError("that file is another")

    monkeypatch.setattr(base_weights, "location", refuse)

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        assert "× VGG16     that file is another" in text(screen, "facts")

    play(tmp_path, scenario)


def test_a_download_shows_how_far_it_is_and_then_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = threading.Event()

    def fetch(progress: Progress) -> Path:
        progress("downloading", "CIFAR-10", 41 * MIB, 163 * MIB, "bytes")
        resume.wait(60)
        monkeypatch.setitem(vars(CIFAR10), "location", lambda: Path("/here/cifar"))
        return Path("/here/cifar")

    monkeypatch.setitem(vars(CIFAR10), "fetch", fetch)

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await choose(screen, pilot, "fetch-cifar10")
        await until(pilot, lambda: "41 of 163 MiB" in text(screen, "message"))
        await choose(screen, pilot, "digits")
        assert "in progress" in text(screen, "message")
        resume.set()
        await until(pilot, lambda: "was downloaded and verified" in text(screen, "message"))
        await until(pilot, lambda: "cifar10" in choices(screen))
        await choose(screen, pilot, "cifar10")

    assert play(tmp_path, scenario) == [DataChoice(source="cifar10")]


def test_a_download_that_fails_says_why_and_what_helps_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(progress: Progress) -> Path:
        raise MissingError("There is no network.", ("make room in /x", *CIFAR10.remedies))

    monkeypatch.setitem(vars(CIFAR10), "fetch", fetch)

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await choose(screen, pilot, "fetch-cifar10")
        await until(pilot, lambda: "There is no network." in text(screen, "message"))
        said = text(screen, "message")
        assert "make room in /x" in said and "give the path of a copy" in said
        assert "--data" not in said
        await choose(screen, pilot, "digits")

    assert play(tmp_path, scenario) == [DataChoice(source="digits")]


def test_escape_stops_a_download_and_nothing_more_is_heard_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def fetch(progress: Progress) -> Path:
        try:
            for done in range(500):
                progress("downloading", "the VGG16 weights", done * MIB, None, "bytes")
                threading.Event().wait(0.01)
        finally:
            ended.set()
        return Path()

    monkeypatch.setattr(base_weights, "fetch_weights", lambda base, progress: fetch(progress))

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await choose(screen, pilot, "fetch-vgg16")
        await until(pilot, lambda: "downloading the VGG16 weights: " in text(screen, "message"))
        await pilot.press("escape")
        await until(pilot, ended.is_set)
        await pilot.pause()
        assert "was stopped" in text(screen, "message")

    assert play(tmp_path, scenario) == []


def test_images_at_a_path_are_looked_at_before_they_are_taken(tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "im[ages]"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (32, 32)).save(folder / name / f"{number}.png")

    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await choose(screen, pilot, "images")
        field = screen.query_one(Input)
        assert field.has_focus
        field.value = "/nowhere/\x1b[31m"
        await pilot.press("enter")
        await pilot.pause()
        assert "/nowhere/\\e[31m does not exist" in text(screen, "message")
        field.value = str(folder)
        await pilot.press("enter")
        await pilot.pause()
        assert choices(screen)[0] == "own" and "can be read" in text(screen, "message")
        await pilot.press("enter")

    assert play(tmp_path, scenario) == [DataChoice(source=str(folder))]


@pytest.mark.parametrize("typed", ["", "~nobody-of-this-name/x", "digits", "a\0b"])
def test_a_path_that_is_none_is_a_sentence(tmp_path: Path, typed: str) -> None:
    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        for what in ("images", "weights"):
            await choose(screen, pilot, what)
            screen.query_one(Input).value = typed
            await pilot.press("enter")
            await pilot.pause()
            assert text(screen, "message")
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("escape")

    assert play(tmp_path, scenario) == [None]


def test_progress_in_words() -> None:
    half = progress_words("downloading", "CIFAR-10", 80 * MIB, 160 * MIB, "bytes")
    assert half == f"downloading CIFAR-10 {'█' * 12}{'░' * 12}  50%, 80 of 160 MiB"
    assert progress_words("loading", "x\x1b", 3, None, "images") == "loading x\\e: 3 images"


@pytest.mark.parametrize("size", [(40, 12), (160, 50)])
def test_any_size_is_survived(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scenario(screen: WelcomeScreen, pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "up")
        await pilot.resize_terminal(80, 24)
        await choose(screen, pilot, "digits")

    assert play(tmp_path, scenario, size=size) == [DataChoice(source="digits")]
