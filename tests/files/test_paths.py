"""Where files live: below TUILAB_HOME where it is set, else in the platform's own places."""

import sys
from pathlib import Path

import platformdirs
import pytest

from tuilab.errors import UsageError
from tuilab.files import paths


def test_all_own_files_are_below_tuilab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "lab"))
    assert paths.home() == tmp_path / "lab"
    assert paths.runs() == tmp_path / "lab" / "runs"
    assert paths.downloads() == tmp_path / "lab" / "downloads"
    assert paths.state() == tmp_path / "lab" / "state"
    assert not paths.home().exists(), "asking for a folder must not make it"


@pytest.mark.parametrize("value", ["", None])
def test_without_tuilab_home_the_platforms_place_is_taken(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TUILAB_HOME")
    if value is not None:
        monkeypatch.setenv("TUILAB_HOME", value)
    assert paths.home() == Path(platformdirs.user_data_dir("tuilab", appauthor=False))


def test_the_platforms_place_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("XDG folders are Linux's")
    monkeypatch.delenv("TUILAB_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "states"))
    assert paths.state() == tmp_path / "states" / "tuilab"
    assert paths.runs() == tmp_path / "xdg" / "tuilab" / "runs"


def test_a_tilde_and_a_relative_folder_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUILAB_HOME", "~/lab")
    assert paths.home() == tmp_path / "lab"
    monkeypatch.setenv("TUILAB_HOME", "lab")
    assert paths.home() == tmp_path / "lab"


@pytest.mark.parametrize(
    ("variable", "ask"), [("TUILAB_HOME", paths.home), ("KERAS_HOME", paths.keras_cache)]
)
def test_the_folder_of_nobody_is_refused_with_a_sentence(
    variable, ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~nobody-of-this-name/lab")
    with pytest.raises(UsageError) as caught:
        ask()
    assert caught.value.sentence == (
        f"{variable} = '~nobody-of-this-name/lab' is not allowed: there is no user of that name"
    )


def test_kerass_cache_is_where_keras_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "k"))
    assert paths.keras_cache() == tmp_path / "k"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.keras_cache() == tmp_path / ".keras"


def test_a_persons_own_settings_stand_apart_from_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "lab"))
    assert paths.config() == tmp_path / "lab" / "config"
    monkeypatch.delenv("TUILAB_HOME")
    assert paths.config() == Path(platformdirs.user_config_dir("tuilab", appauthor=False))
