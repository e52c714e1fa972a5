"""Bad luck while the app runs: it says what happened in a sentence, and continues."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from finished_runs import finished_run
from harness import FakeSource, LabPilot, lab_app, play, press, until
from records import epoch
from test_lab import screen_text

from tuilab.config import load
from tuilab.files import paths
from tuilab.lab import data_choice
from tuilab.runs import store
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui import learning
from tuilab.tui.app import LabApp
from tuilab.tui.run_source import RunSource
from tuilab.tui.themes import own_themes


def messages(app: LabApp) -> list[str]:
    """Collect what the app says from now on."""
    said: list[str] = []
    say = app.say

    def listen(sentence: str, severity: str = "information") -> None:
        said.append(sentence)
        say(sentence, severity)  # type: ignore[arg-type]

    app.say = listen  # type: ignore[method-assign]
    return said


async def train(pilot: LabPilot, app: LabApp, source: FakeSource) -> str:
    """Start a run that shows its first epoch; return its id."""
    await press(pilot, "r")
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    source.newest.say(epoch(1))
    run_id = source.newest.run.id
    await until(pilot, lambda: app.session.book.find(run_id) and app.session.book.find(run_id).summary.epochs)  # type: ignore[union-attr]
    return run_id


def test_the_folder_of_a_training_run_that_is_shown_is_deleted() -> None:
    source = FakeSource()
    app = lab_app(source=source)
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        run_id = await train(pilot, app, source)
        shutil.rmtree(source.newest.run.folder)
        await until(pilot, lambda: app.session.book.find(run_id) is None)
        assert any("is gone" in sentence and run_id in sentence for sentence in said)
        assert run_id not in screen_text(app)
        await press(pilot, "l s 4 enter space c e escape 3 v b e")
        assert app.is_running

    play(app, scenario)


def test_the_journal_of_a_shown_run_is_damaged() -> None:
    source = FakeSource()
    app = lab_app(source=source)
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        run_id = await train(pilot, app, source)
        with source.newest.run.journal.open("ab") as file:
            file.write(b'{"crc":"deadbeef","seq":99,\xff\x00}\n')
        await until(pilot, lambda: app.session.book.find(run_id).lost)  # type: ignore[union-attr]
        assert any(run_id in sentence and "checksum" in sentence for sentence in said)
        assert not app.session.book.training, "nothing is known to train any more"
        await until(pilot, lambda: "interrupted" in screen_text(app))

    play(app, scenario)


def test_a_flipped_bit_in_what_was_read_before_is_found_at_the_next_start() -> None:
    run = finished_run()
    content = bytearray(run.journal.read_bytes())
    content[len(content) // 2] ^= 4
    run.journal.write_bytes(bytes(content))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: "interrupted" in screen_text(app) or "damaged" in screen_text(app))
        assert app.is_running

    play(app, scenario)


def test_folders_whose_files_are_damaged_are_counted_and_named() -> None:
    finished_run(name="whole")
    for name, text in (("experiment.toml", "= 1"), ("run.json", "{"), ("run.json", "[" * 9000)):
        (finished_run().folder / name).write_text(text)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        assert len(app.session.book.runs) == 1
        assert len(app.session.book.damaged) == 3
        await until(pilot, lambda: "3 folders cannot be read" in screen_text(app))
        await press(pilot, "4 D")
        shown = screen_text(app)
        assert "experiment.toml" in shown
        assert "run.json" in shown

    play(app, scenario)


def test_a_run_whose_files_are_damaged_while_it_is_shown_can_still_be_looked_at() -> None:
    run = finished_run(name="mine")
    app = lab_app()
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        (run.folder / "experiment.toml").write_text("= 1")
        (run.folder / "run.json").write_text("{")
        await pilot.press("4", "enter", "space", "f2", *"new", "enter")
        await until(pilot, lambda: any("run.json is damaged" in sentence for sentence in said))
        await press(pilot, "delete")
        await until(pilot, lambda: not app.session.book.runs)
        await press(pilot, "z")
        await until(pilot, lambda: app.session.book.runs or app.session.book.damaged)
        assert app.is_running

    play(app, scenario)


def test_a_worker_that_is_killed_is_said_and_its_run_is_interrupted() -> None:
    run = finished_run(last=None, name="the live one")
    process = subprocess.Popen(["sleep", "60"])
    started = psutil.Process(process.pid).create_time()
    lease = Lease(host=platform.node(), boot=boot_id(), pid=process.pid, started=started)
    run.lease.write_text(lease.model_dump_json())
    app = lab_app(source=RunSource())
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        assert [known.id for known in app.session.book.training] == [run.id]
        assert any("still training" in sentence for sentence in said)
        process.kill()
        process.wait()
        await until(pilot, lambda: not app.session.book.training)
        assert f"{run.id} was interrupted: its worker ended without saying why" in said
        await until(pilot, lambda: "interrupted" in screen_text(app))

    try:
        play(app, scenario)
    finally:
        process.kill()
        process.wait()


def test_everything_of_a_persons_own_is_broken_and_the_app_opens_and_says_each() -> None:
    own = paths.config()
    for folder in ("presets", "lessons", "themes"):
        (own / folder).mkdir(parents=True)
    (own / "presets" / "mine.toml").write_text('title = "[/]"\n')
    (own / "lessons" / "mine.md").write_text("no head")
    (own / "themes" / "mine.toml").write_text('primary = "[red]"')
    (own / "config.toml").write_text("theme = 7\n[keys]\n'run.strat' = 'f5'\n")
    learning.file().write_text("{")
    data_choice.file().write_text("[1]")
    settings, problems = load()
    themes, theme_problems = own_themes(own / "themes")
    app = lab_app(first=True, settings=settings, own_themes=themes, messages=(*problems, *theme_problems))
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: len(said) >= 7)
        for named in (
            "theme = 7",
            "run.strat",
            "preset mine",
            "mine.md",
            "theme mine.toml",
            "learning.json",
            "ground.json",
        ):
            assert any(named in sentence for sentence in said), named
        assert len(app.lab_screen.panes) == 4
        await press(pilot, "escape p escape ? escape slash escape")
        assert app.is_running

    play(app, scenario)


def test_a_home_that_cannot_be_written_is_said_at_every_turn_and_the_app_lives() -> None:
    finished_run()
    app = lab_app()
    said = messages(app)

    async def refused(pilot: LabPilot, keys: str, words: str) -> None:
        said.clear()
        await press(pilot, keys)
        await until(pilot, lambda: any(words in sentence for sentence in said))
        assert all("Traceback" not in sentence and sentence.isprintable() for sentence in said)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: app.session.book.runs[0].history)
        home: Path = paths.home()
        shutil.rmtree(home)
        home.write_text("a file in place of the folder")
        await refused(pilot, "r", "queue cannot be created: ")
        assert not app.session.book.queued
        await refused(pilot, "t", "config.toml cannot be read")
        await refused(pilot, "3 y", "cannot be written")
        app.copy("text", "name.csv")
        await until(pilot, lambda: any("name.csv cannot be written" in sentence for sentence in said))
        home.unlink()
        await until(pilot, lambda: not app.session.book.runs)
        await press(pilot, "r")
        await until(pilot, lambda: app.session.book.runs)

    play(app, scenario)


def test_two_apps_on_one_home_see_each_others_runs_come_and_go() -> None:
    source = FakeSource()
    app = lab_app(source=source)
    said = messages(app)

    async def scenario(pilot: LabPilot) -> None:
        other = lab_app(source=source)
        async with other.run_test(size=(100, 30)) as others:
            await until(others, lambda: bool(other.lab_screen.panes) and other.session.book.listed)
            run_id = await train(others, other, source)
            await until(pilot, lambda: app.session.book.find(run_id))
            await until(pilot, lambda: [run.id for run in app.session.book.training] == [run_id])
            await until(pilot, lambda: app.session.book.find(run_id).summary.epochs)  # type: ignore[union-attr]
            source.newest.finish(accuracy=0.8642)
            await until(pilot, lambda: "0.8642" in screen_text(app))
            await until(others, lambda: not other.session.book.training)
            await press(others, "4 home delete")
            await until(others, lambda: not other.session.book.runs)
            await until(pilot, lambda: not app.session.book.runs)
            await press(others, "z")
            await until(pilot, lambda: app.session.book.find(run_id))
        assert not any("interrupted" in sentence for sentence in said)
        assert len(store.list_runs()) == 1

    play(app, scenario)


def test_a_run_that_is_deleted_and_brought_back_has_its_curves_again() -> None:
    run = finished_run(name="mine", epochs=[epoch(1), epoch(2)])
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: app.session.book.runs[0].history)
        aside = run.folder.with_name("aside")
        run.folder.rename(aside)
        await until(pilot, lambda: not app.session.book.runs)
        aside.rename(run.folder)
        await until(pilot, lambda: app.session.book.runs)
        app.show(run.id)
        await until(pilot, lambda: app.session.book.runs[0].history)

    play(app, scenario)


@pytest.mark.slow
def test_a_refused_run_of_the_command_line_never_shows_in_an_open_app(tmp_path: Path) -> None:
    """A real command, queue and worker, which finds out only as it reads them that the images are too few."""
    app, seen = lab_app(source=RunSource()), set()
    grow = app.lab_screen.tell_runs_changed
    command = [str(Path(sys.executable).with_name("tuilab")), "run", "--preset", "bn", "--data", "digits"]

    async def scenario(pilot: LabPilot) -> None:
        def changed() -> None:
            seen.update((run.id, run.summary.state) for run in app.session.book.runs)
            grow()

        app.lab_screen.tell_runs_changed = changed  # type: ignore[method-assign]
        refused = subprocess.Popen([*command, "--limit", "64", "--set", "training.batch_size=4096"])
        made = False
        while refused.poll() is None:
            made = made or bool(store.list_runs())
            await pilot.pause(0.05)
            assert app.session.book.runs == ()
        assert refused.returncode == 2 and made
        await pilot.pause(2.5)  # the store is listed once more
        assert seen == set() and store.list_runs() == []
        accepted = subprocess.Popen([*command, "--limit", "64", "--epochs", "1"])
        await until(pilot, lambda: app.session.book.runs, seconds=60)
        await until(pilot, lambda: app.session.book.runs[0].summary.state == "done", seconds=60)
        accepted.wait()

    play(app, scenario)
