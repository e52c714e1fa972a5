"""Opening the desk: what is there is read, what is broken is said, and the desk is there all the same."""

from pathlib import Path

import pytest
from finished_runs import finished_run

from tuilab.config import Config
from tuilab.errors import UsageError
from tuilab.files import paths
from tuilab.lab import data_choice
from tuilab.lab.data_choice import DataChoice
from tuilab.tui import learning
from tuilab.tui.startup import FIRST_PRESET, Startup, start_session


def started(preset: str | None = None) -> Startup:
    return start_session(Config(), preset=preset, ascii_only=True, low_bandwidth=True)


def broken(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def test_a_fresh_home_opens_for_the_first_time_and_nothing_is_made_in_it() -> None:
    startup = started()
    assert startup.first
    assert startup.problems == ()
    first = startup.session.lessons[0]
    assert startup.session.draft.preset.name == first.tries[0].preset, (
        "the first run that the first lesson asks for"
    )
    assert startup.session.draft.preset.lesson == first.slug
    assert startup.pane == "lesson"
    assert (startup.session.ascii, startup.session.low_bandwidth) == (True, True)
    assert not paths.home().exists()


def test_it_is_the_first_time_no_longer_once_images_were_chosen_or_something_ran() -> None:
    data_choice.save(data_choice.file(), DataChoice(source="digits"))
    assert not started().first
    data_choice.file().unlink()
    assert started().first
    finished_run()
    assert not started().first


def test_the_chosen_images_are_those_of_the_draft() -> None:
    data_choice.save(data_choice.file(), DataChoice(source="digits"))
    assert started("bn").session.draft.experiment.data.source == "digits"


def test_a_preset_that_is_not_there_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'bn-l2'"):
        started("bn-l3")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'{"source": 7}', b"[" * 9000])
def test_broken_files_of_the_home_are_said_and_the_desk_opens(content: bytes) -> None:
    own = paths.config()
    broken(data_choice.file(), content)
    broken(learning.file(), content)
    broken(own / "presets" / "mine.toml", content)
    broken(own / "lessons" / "mine.md", content)
    startup = started()
    assert len(startup.problems) == 4
    for problem, named in zip(
        startup.problems, ("mine", "mine.md", "learning.json", "ground.json"), strict=True
    ):
        assert named in problem
        assert problem.isprintable()
    assert startup.session.draft.preset.name == FIRST_PRESET
    assert startup.session.lessons


def test_a_home_that_is_a_file_is_said_and_the_desk_opens() -> None:
    paths.home().write_text("not a folder")
    startup = started()
    assert any("learning.json" in problem for problem in startup.problems)
