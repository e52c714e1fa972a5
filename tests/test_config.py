"""A person's settings: read forgivingly, said where they are wrong, written between their comments."""

import stat
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuilab import config
from tuilab.config import Config, Queue
from tuilab.errors import RunError, UsageError
from tuilab.files import paths

MINE = """\
# my lab
low_bandwidth = true   # the line at home

mouse = false
theme = "tuilab-light" # easier by day

[keys]
# run with F5
run = "f5,ctrl+r"
stop = "x"
"""


def write(text: str | bytes) -> Path:
    place = config.file()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return place


def test_without_a_file_the_defaults_hold_and_nothing_is_made() -> None:
    assert config.load() == (Config(), ())
    assert not paths.config().exists()
    assert Config() == Config(theme="tuilab-dark", mouse=True, low_bandwidth=False, ascii="auto", keys={})


def test_a_file_is_read() -> None:
    write(MINE)
    settings, problems = config.load()
    assert problems == ()
    assert settings == Config(
        theme="tuilab-light", mouse=False, low_bandwidth=True, keys={"run": "f5,ctrl+r", "stop": "x"}
    )


def test_the_standby_worker_is_switched_off_in_the_table_of_the_queue() -> None:
    assert config.load()[0].queue.standby
    write("mouse = false\n[queue]\nstandby = false\n")
    assert config.load() == (Config(mouse=False, queue=Queue(standby=False)), ())


@pytest.mark.parametrize(
    "content", [b"theme = ", b"\xff\xfe", b"= 1", b"x" * 10_000, b"[" * 5000, b"a = " + b"9" * 6000]
)
def test_a_file_that_is_no_toml_gives_the_defaults_and_one_sentence(content: bytes) -> None:
    place = write(content)
    found, problems = config.load()
    assert found == Config()
    assert len(problems) == 1
    assert problems[0].startswith(str(place))
    assert problems[0].endswith("; the default settings are used")
    assert "\n" not in problems[0]


def test_a_folder_in_place_of_the_file_gives_the_defaults_and_one_sentence() -> None:
    config.file().mkdir(parents=True)
    found, problems = config.load()
    assert found == Config()
    assert "cannot be read" in problems[0]


def test_the_home_of_nobody_gives_the_defaults_and_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_HOME", "~nobody-of-this-name")
    found, problems = config.load()
    assert found == Config()
    assert "no user of that name" in problems[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("mous = false", "there is no setting 'mous'; the top level has theme, mouse, low_bandwidth, "
        "ascii, keys, queue; "
                         "did you mean 'mouse'?"),
        ("mouse = 1", "mouse = 1 is not allowed: it must be true or false"),
        ('ascii = "yess"',
         "ascii = 'yess' is not allowed: it must be auto, yes or no; did you mean 'yes'?"),
        ("theme = 3", "theme = 3 is not allowed: it must be text of 1 to 64 characters"),
        ("queue = true", "queue = True is not allowed: it must be a table of settings"),
        ("queue.standby = 0", "queue.standby = 0 is not allowed: it must be true or false"),
        ("queue.stand_by = false", "there is no setting 'queue.stand_by'; the table queue has standby; "
                                   "did you mean 'standby'?"),
        ("keys = 3", "keys = 3 is not allowed: it must be a table of settings"),
        ("keys.run = 5", "keys.run = 5 is not allowed: it must be keys separated by commas, "
                         'such as "f5,ctrl+r"'),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_said_and_left_out_and_the_others_hold(line: str, sentence: str) -> None:
    place = write(f"low_bandwidth = true\n{line}\n")
    found, problems = config.load()
    assert found == Config(low_bandwidth=True)
    assert problems == (f"in {place}: {sentence}; the setting is ignored",)


def test_escape_sequences_in_a_file_reach_no_screen() -> None:
    write('theme = "a\\u001b[2J"\n"\\u001b[2J" = 1\n')
    _, problems = config.load()
    assert len(problems) == 1
    assert "\x1b" not in problems[0]


def test_a_file_full_of_wrong_settings_is_told_in_a_few_sentences() -> None:
    write("".join(f"a{n} = 1\n" for n in range(2000)))
    found, problems = config.load()
    assert found == Config()
    assert len(problems) == config.MOST_PROBLEMS + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200) | st.text(alphabet='themouskyascil_=[]".\n 01', max_size=80).map(str.encode))
def test_no_file_makes_reading_raise(content: bytes) -> None:
    write(content)
    found, problems = config.load()
    assert isinstance(found, Config)
    assert all("\n" not in problem for problem in problems)


# ---- remember


def test_what_is_remembered_stands_between_the_persons_own_lines() -> None:
    place = write(MINE)
    assert config.remember(theme="tuilab-dark", ascii="yes").theme == "tuilab-dark"
    assert place.read_text() == MINE.replace(
        'theme = "tuilab-light" # easier by day\n',
        'theme = "tuilab-dark" # easier by day\nascii = "yes"\n',
    )
    assert config.load() == (
        Config(
            theme="tuilab-dark",
            mouse=False,
            low_bandwidth=True,
            ascii="yes",
            keys={"run": "f5,ctrl+r", "stop": "x"},
        ),
        (),
    )


def test_remembered_keys_replace_the_table_and_keep_its_comments() -> None:
    place = write(MINE)
    config.remember(keys={"run": "f6", "help": "f1"})
    assert config.load()[0].keys == {"run": "f6", "help": "f1"}
    assert "# run with F5\nrun = " in place.read_text()


def test_the_first_thing_remembered_makes_a_private_file() -> None:
    config.remember(mouse=False)
    assert config.load() == (Config(mouse=False), ())
    assert stat.S_IMODE(config.file().stat().st_mode) == 0o600
    assert [entry.name for entry in paths.config().iterdir()] == ["config.toml"], "no draft stays behind"


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(MINE)
    config.file().parent.mkdir(parents=True)
    config.file().symlink_to(real)
    config.remember(theme="ansi")
    assert config.file().is_symlink()
    assert 'theme = "ansi"' in real.read_text()


def test_a_wrong_value_is_refused_and_nothing_written() -> None:
    place = write(MINE)
    for wrong in ({"theme": ""}, {"colour": "red"}, {"mouse": "no"}, {"keys": {"run": ""}}):
        with pytest.raises(UsageError):
            config.remember(**wrong)
    assert place.read_text() == MINE


def test_a_broken_file_is_never_written_over() -> None:
    place = write("theme = ")
    with pytest.raises(UsageError, match="is not valid TOML"):
        config.remember(mouse=False)
    assert place.read_text() == "theme = "


def test_a_wrong_setting_of_the_persons_stays_when_another_is_remembered() -> None:
    place = write("colour = 'red' # mine\n")
    config.remember(mouse=False)
    assert place.read_text() == "colour = 'red' # mine\nmouse = false\n"


def test_a_place_that_cannot_be_written_is_told_in_a_sentence() -> None:
    paths.config().parent.mkdir(parents=True)
    paths.config().write_text("a file")
    with pytest.raises((RunError, UsageError), match="cannot be"):
        config.remember(mouse=False)


def test_a_full_disk_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    place = write(MINE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"the settings cannot be written to .*: No space left on device"):
        config.remember(mouse=False)
    assert place.read_text() == MINE
    assert [entry.name for entry in paths.config().iterdir()] == ["config.toml"]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "theme": st.text(min_size=1, max_size=64),
            "mouse": st.booleans(),
            "ascii": st.sampled_from(["auto", "yes", "no"]),
            "keys": st.dictionaries(st.text(max_size=9), st.text(min_size=1, max_size=9).filter(str.strip)),
        },
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_whatever_is_remembered_is_read_again(changes: dict[str, object]) -> None:
    write(MINE)
    config.remember(**changes)
    found, problems = config.load()
    assert problems == ()
    assert asdict(found) == {**asdict(config.Config(theme="tuilab-light", mouse=False, low_bandwidth=True,
                                                  keys={"run": "f5,ctrl+r", "stop": "x"})),
                                  **changes}  # fmt: skip


def test_the_id_of_a_key_needs_no_quotes() -> None:
    write('[keys]\nrun.start = "f5"\n"run.stop" = "f6"\n')
    assert config.load() == (Config(keys={"run.start": "f5", "run.stop": "f6"}), ())
