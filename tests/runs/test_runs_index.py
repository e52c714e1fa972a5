"""The index: a thousand runs are listed at once, and it is never believed over the folders."""

import os
import stat
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from finished_runs import finished_run, write
from records import DONE, FAILED, epoch

from tuilab.errors import TuilabError
from tuilab.experiment.experiment import Experiment
from tuilab.files import paths
from tuilab.runs import index as index_module
from tuilab.runs import index_lines
from tuilab.runs.index import NAME, OVER, read_all
from tuilab.runs.journal.records import Note, Resumed, Started, Stopped
from tuilab.runs.run import Run
from tuilab.runs.store import discard, list_runs, rename
from tuilab.runs.summary import Summary, summarize

STOPPED = Stopped(epoch=1, reason="asked to", seconds=2.0)


def index() -> Path:
    return paths.runs() / NAME


def folders(runs: list[Run]) -> list[tuple[Summary, Experiment]]:
    """What the folders say, without an index."""
    return [(summarize(run), run.experiment()) for run in runs]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the runs whose journals are read from now on."""
    ids: list[str] = []

    def watched(run: Run) -> Summary:
        ids.append(run.id)
        return summarize(run)

    monkeypatch.setattr(index_module, "summarize", watched)
    return ids


def test_runs_that_ended_are_read_once_and_come_back_as_they_were(read: list[str]) -> None:
    first = finished_run("iteration-i", name='a "name"\n\x1b[31m é')
    runs = [first, finished_run("bn", last=FAILED), finished_run("iteration-ii", parent=first, last=STOPPED)]
    expected = folders(runs)
    assert read_all(runs) == (expected, {})
    assert read == [run.id for run in runs]
    assert read_all(runs[::-1]) == (expected[::-1], {}), "in the order that is asked for"
    assert len(read) == 3
    again, _ = read_all(runs)
    assert [experiment.digest for _, experiment in again] == [each.digest for _, each in expected]


def test_numbers_that_are_not_finite_survive(read: list[str]) -> None:
    run = finished_run("bn", epochs=[epoch(1, accuracy=float("nan"), penalty=float("-inf"))])
    expected = repr(folders([run]))
    assert "nan" in expected and "-inf" in expected
    assert [repr(read_all([run])[0]) for _ in range(2)] == [expected] * 2
    assert read == [run.id]


def test_a_run_that_has_not_ended_is_always_read(read: list[str]) -> None:
    run = finished_run("bn", last=None)
    for _ in range(2):
        assert read_all([run]) == (folders([run]), {})
    assert read == [run.id] * 2
    assert not index().exists()


def test_a_run_that_is_resumed_or_renamed_is_read_anew(read: list[str]) -> None:
    run, other = finished_run("bn", last=STOPPED), finished_run("bn")
    read_all([run, other])
    write(run, [Started(pid=1, host="h", versions={})])
    assert read_all([run, other])[0] == folders([run, other])
    write(run, [DONE])
    rename(other, "another")
    assert read_all([run, other])[0] == folders([run, other])
    assert read == [run.id, other.id, run.id, run.id, other.id]
    assert [summary.state for summary, _ in read_all([run, other])[0]] == ["done", "done"]


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_noticed(read: list[str]) -> None:
    run = finished_run("bn", name="a")
    read_all([run])
    file = run.folder / "run.json"
    before = file.stat()
    rename(run, "b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert read_all([run])[0][0][0].manifest.name == "b"


@pytest.mark.parametrize("name", ["run.json", "experiment.toml"])
def test_a_damaged_folder_is_reported_though_the_index_knew_it(name: str) -> None:
    good, bad = finished_run("bn"), finished_run("bn")
    read_all([good, bad])
    (bad.folder / name).write_text("{")
    with pytest.raises(TuilabError) as raised:
        folders([bad])
    for _ in range(2):
        assert read_all([good, bad]) == (folders([good]), {bad.id: raised.value.sentence})
    (bad.folder / name).unlink()
    assert list(read_all([good, bad])[1]) == [bad.id]


def test_with_any_byte_changed_or_cut_off_it_says_the_same() -> None:
    runs = [finished_run("bn"), finished_run("baseline")]
    expected = (folders(runs), {})
    assert read_all(runs) == expected
    whole = index().read_bytes()
    for place in range(0, len(whole), 61):
        index().write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        assert read_all(runs) == expected
        index().write_bytes(whole[:place])
        assert read_all(runs) == expected
    index().write_bytes(whole[:-2])  # without its last newline alone it is whole
    assert read_all(runs) == expected
    assert index().read_bytes() == whole, "and is mended"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"[" * 9999, b"{}\n{}\n", b"\0" * 4096])
def test_whatever_stands_in_its_place_it_is_written_anew(content: bytes, read: list[str]) -> None:
    run = finished_run("bn")
    index().write_bytes(content)
    for _ in range(2):
        assert read_all([run]) == (folders([run]), {})
    assert read == [run.id]
    index().unlink()
    assert read_all([run]) == (folders([run]), {})
    assert index().exists()


def test_that_of_another_version_or_form_is_not_believed(read: list[str]) -> None:
    run = finished_run("bn")
    read_all([run])
    head, line, _ = index().read_bytes().split(b"\n")
    for foreign in (b"tuilab 99.0 " + head.split()[2], head[:-1] + b"~", b""):
        index().write_bytes(foreign + b"\n" + line + b"\n")
        assert read_all([run]) == (folders([run]), {})
    assert read == [run.id] * 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_takes_no_file_has_no_index() -> None:
    run = finished_run("bn")
    paths.runs().chmod(0o500)
    try:
        assert read_all([run]) == (folders([run]), {})
        assert not index().exists()
    finally:
        paths.runs().chmod(0o700)


def test_a_folder_in_its_place_is_no_obstacle() -> None:
    run = finished_run("bn")
    index().mkdir()
    assert read_all([run]) == (folders([run]), {})
    assert [path.name for path in paths.runs().iterdir() if path.name.startswith(".draft")] == []


def test_only_its_owner_reads_it_and_runs_do_not_count_it() -> None:
    run = finished_run("bn")
    before = os.umask(0)
    try:
        read_all([run])
    finally:
        os.umask(before)
    assert stat.S_IMODE(index().stat().st_mode) == 0o600
    assert list_runs() == [run]


def test_a_part_of_the_runs_leaves_the_others_in_and_those_that_are_gone_fall_out(read: list[str]) -> None:
    first, second, third = (finished_run("bn") for _ in range(3))
    read_all([first])
    read_all([second])
    assert read == [first.id, second.id]
    discard(first)
    assert read_all([third])[0] == folders([third])
    assert f" {first.id} " not in index().read_text()
    read_all([second, third])
    assert read == [first.id, second.id, third.id]


def test_a_store_that_was_moved_is_where_it_is_now(tmp_path: Path) -> None:
    run = finished_run("bn")
    read_all([run])
    moved = Run(paths.runs().rename(tmp_path / "elsewhere") / run.id)
    (summary, _), *_ = read_all([moved])[0]
    assert summary.run == moved


READ_ALL = """
from tuilab.runs.index import read_all
from tuilab.runs.store import list_runs
for _ in range(40):
    found, damaged = read_all(list_runs())
    assert len(found) >= 4 and not damaged, damaged
"""


def test_several_processes_that_write_it_leave_a_whole_one() -> None:
    runs = [finished_run("bn") for _ in range(4)]
    others = [subprocess.Popen([sys.executable, "-c", READ_ALL]) for _ in range(2)]
    deadline = time.monotonic() + 120
    while any(process.poll() is None for process in others) and time.monotonic() < deadline:
        if len(runs) < 12:
            runs.append(finished_run("bn"))
        index().unlink(missing_ok=True)
        assert read_all(list_runs())[0] == folders(list_runs())
    assert [process.wait(timeout=60) for process in others] == [0, 0]
    assert read_all(runs) == (folders(runs), {})
    assert all(index_lines.parse(line) for line in index().read_bytes().splitlines()[1:])


def test_there_may_be_no_runs() -> None:
    assert read_all([]) == ([], {})


def test_a_note_of_damage_is_kept(read: list[str]) -> None:
    run = finished_run("bn")
    with run.journal.open("ab") as file:
        file.write(b"garbage\n")
    expected = folders([run])
    assert "damaged at byte" in expected[0][0].notes[-1]
    assert [read_all([run])[0] for _ in range(2)] == [expected] * 2
    assert read == [run.id]


def test_runs_in_a_state_that_nobody_asks_for_are_passed_over(read: list[str]) -> None:
    done, failed, cut_off = finished_run("bn"), finished_run("bn", last=FAILED), finished_run("bn", last=None)
    for _ in range(2):
        found, _ = read_all([done, failed, cut_off], without=OVER)
        assert found == folders([cut_off])
    assert read == [done.id, failed.id, cut_off.id, cut_off.id]
    assert read_all([done, failed], without=frozenset({"done"}))[0] == folders([failed])


def test_what_runs_share_is_held_once_and_what_changes_is_each_ones_own() -> None:
    runs = [finished_run("bn"), finished_run("bn")]
    read_all(runs)
    (first, one), (second, other) = read_all(runs)[0]
    assert first.dataset is second.dataset and one is other
    first.epochs = ()
    first.notes.append("of the first")
    first.known.clear()
    assert [second] == [summary for summary, _ in read_all(runs[1:])[0]]
    assert second.epochs and second.known and not second.notes


def test_every_field_of_a_summary_is_held() -> None:
    run = finished_run("bn", last=FAILED, epochs=[epoch(1)])
    write(run, [Resumed(epoch=0, step=2, checkpoint="c"), Note(text="a note\twith a tab\nand more"), STOPPED])
    read_all([run])
    assert read_all([run])[0] == folders([run])
    assert vars(read_all([run])[0][0][0]).keys() == vars(summarize(run)).keys()


def test_a_whole_line_of_another_form_is_read_anew(read: list[str]) -> None:
    run = finished_run("bn")
    read_all([run])
    head, line, _ = index().read_bytes().split(b"\n")
    rest = line[9:].rpartition(b"\tdone\t")[0] + b"\tdone\t{}"
    index().write_bytes(b"%s\n%08x %s\n" % (head, zlib.crc32(rest), rest))
    assert read_all([run]) == (folders([run]), {})
    assert read == [run.id] * 2


def test_another_process_of_this_version_reads_the_same_index() -> None:
    """No address of this process stands in what tells one version's form from another's."""
    code = "from tuilab.runs.index_lines import form; print(form())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.rstrip("\n") == index_lines.form()
