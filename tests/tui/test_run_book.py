"""The book of runs: in order, with marks, and with curves that grow."""

from finished_runs import finished_run
from records import DONE, VERSIONS, epoch

from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import Resumed, Started, Stopped
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.tui.run_book import MOST_MARKS, BookedRun, RunBook


def booked(run: Run) -> BookedRun:
    return BookedRun(summarize(run), run.experiment())


def test_runs_stand_in_the_order_of_their_making_however_they_come() -> None:
    runs = [finished_run(preset) for preset in ("bn", "baseline", "bn-l2")]
    book = RunBook()
    book.add([booked(runs[2])])
    book.add([booked(runs[1]), booked(runs[0])])
    assert [run.id for run in book.runs] == [run.id for run in runs]


def test_a_run_read_again_keeps_its_curves_and_takes_its_new_name() -> None:
    run = finished_run()
    book = RunBook()
    book.add([booked(run)])
    book.grow(run.id, JournalReader(run.journal).read())
    history = book.runs[0].history
    again = booked(run)
    again.summary.manifest = again.summary.manifest.model_copy(update={"name": "mine"})
    book.add([again])
    assert book.runs[0].history is history is not None
    assert book.runs[0].summary.manifest.name == "mine"


def test_a_damaged_folder_that_can_be_read_again_is_damaged_no_more() -> None:
    run = finished_run()
    book = RunBook(damaged={run.id: "it cannot be read"})
    book.add([booked(run)])
    assert book.damaged == {}


def test_what_is_removed_is_gone_with_its_mark_and_is_not_shown_any_more() -> None:
    run = finished_run()
    book = RunBook()
    book.add([booked(run)])
    book.toggle_mark(run.id)
    book.shown = run.id
    assert book.remove(run.id) is not None
    assert (book.runs, book.marked, book.shown) == ((), [], None)
    assert book.remove(run.id) is None


def test_a_parent_is_found_while_it_is_there() -> None:
    parent = finished_run()
    child = finished_run("bn-l2", parent=parent)
    book = RunBook()
    book.add([booked(parent), booked(child)])
    own = book.find(child.id)
    assert own is not None
    found = book.parent_of(own)
    assert found is not None and found.id == parent.id
    book.remove(parent.id)
    assert book.parent_of(own) is None


def test_at_most_four_are_marked_and_the_oldest_mark_gives_way() -> None:
    book = RunBook()
    for name in "abcde":
        assert book.toggle_mark(name)
    assert book.marked == ["b", "c", "d", "e"]
    assert len(book.marked) == MOST_MARKS
    assert not book.toggle_mark("c")
    assert book.marked == ["b", "d", "e"]


def test_growing_in_pieces_comes_to_the_same_as_reading_at_once() -> None:
    run = finished_run(epochs=[epoch(n) for n in range(1, 6)], accuracy=0.7)
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    for entry in entries:
        book.grow(run.id, [entry])
    grown, whole = book.runs[0].summary, summarize(run)
    assert (grown.state, grown.epochs, grown.evaluated) == (whole.state, whole.epochs, whole.evaluated)
    assert grown.checkpoints == whole.checkpoints


def test_entry_nought_begins_the_curves_anew() -> None:
    run = finished_run(epochs=[epoch(1), epoch(2)])
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    book.grow(run.id, entries)
    book.grow(run.id, entries)
    assert [e.epoch for e in book.runs[0].summary.epochs] == [1, 2]


def test_news_of_a_run_that_nobody_knows_is_no_news() -> None:
    assert RunBook().grow("20260101-000000-bn", [Entry(0, 0.0, DONE)]) is None


def test_a_run_that_was_lost_does_not_train() -> None:
    run = finished_run(last=None)
    book = RunBook()
    book.add([booked(run)])
    assert [r.id for r in book.training] == [run.id]
    book.runs[0].lose("its folder is gone")
    assert book.training == ()


def test_a_run_that_is_over_stays_so_while_its_journal_is_read_again() -> None:
    run = finished_run(epochs=[epoch(1), epoch(2)])
    book = RunBook()
    book.add([booked(run)])
    for entry in JournalReader(run.journal).read():
        book.grow(run.id, [entry])
        assert book.runs[0].summary.state == "done"


def test_an_interrupted_run_does_not_come_to_life_when_it_is_looked_at() -> None:
    run = finished_run(last=None)
    book = RunBook()
    book.add([booked(run)])
    book.runs[0].lose("its worker is gone")
    book.grow(run.id, JournalReader(run.journal).read())
    assert book.runs[0].summary.state == "interrupted"
    assert book.runs[0].history is not None


STOPPED = Stopped(epoch=2, reason="asked to stop", seconds=9.0)
GOES_ON = (Started(pid=2, host="h", versions=VERSIONS), Resumed(epoch=1, step=0, checkpoint="epoch-00001"))


def test_a_run_that_goes_on_trains_again_and_forgets_what_came_after_its_checkpoint() -> None:
    run = finished_run(epochs=[epoch(1), epoch(2)], last=STOPPED)
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    book.grow(run.id, entries)
    found = book.runs[0]
    assert (found.summary.state, found.trains) == ("stopped", False)
    book.resume(run.id)
    assert (found.summary.state, found.summary.reason, found.trains) == ("waiting", "", True)
    book.grow(run.id, [Entry(len(entries) + n, 2e9, record) for n, record in enumerate(GOES_ON)])
    assert found.summary.state == "running"
    assert [e.epoch for e in found.summary.epochs] == [1]
    assert found.history is not None and list(found.history.curve("val_accuracy").x) == [1.0]


def test_a_run_that_goes_on_waits_though_its_earlier_past_is_still_being_read() -> None:
    run = finished_run(epochs=[epoch(1), epoch(2)], last=STOPPED)
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    book.resume(run.id)
    for entry in entries:
        book.grow(run.id, [entry])
        assert book.runs[0].summary.state == "waiting"
    book.grow(run.id, [Entry(len(entries), 2e9, GOES_ON[0])])
    assert book.runs[0].summary.state == "running"


def test_what_made_a_run_lost_is_forgotten_when_it_goes_on_without_us() -> None:
    run = finished_run(epochs=[epoch(1)], last=None)
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    book.grow(run.id, entries)
    book.runs[0].lose("its worker is gone")
    assert (book.runs[0].summary.state, book.runs[0].trains) == ("interrupted", False)
    book.grow(run.id, [Entry(len(entries), 2e9, GOES_ON[0])])
    assert (book.runs[0].lost, book.runs[0].trains) == ("", True)


def test_a_silent_run_that_writes_again_trains() -> None:
    run = finished_run(epochs=[epoch(1)], last=None)
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    book.grow(run.id, entries)
    book.runs[0].summary.unreachable("its host is not heard of")
    assert (book.runs[0].summary.state, book.runs[0].trains) == ("unreachable", False)
    book.grow(run.id, [Entry(len(entries), 2e9, epoch(2))])
    assert book.runs[0].trains


def test_a_fork_is_called_after_what_it_forks() -> None:
    run = booked(finished_run("bn"))
    assert (run.label, run.called) == ("bn", run.id)
    run.summary.manifest = run.summary.manifest.model_copy(update={"forked_at": 3})
    assert run.label == "bn fork at 3"
    run.summary.manifest = run.summary.manifest.model_copy(update={"name": "mine"})
    assert (run.label, run.called) == ("mine", "mine")


def test_a_letter_stays_with_its_run_whatever_else_comes_and_goes() -> None:
    parent, one, two = (finished_run(preset) for preset in ("bn", "baseline", "bn-l2"))
    child = finished_run("bn-momentum", parent=parent)
    book = RunBook()
    book.add(booked(run) for run in (parent, one, two, child))
    book.toggle_mark(one.id)
    book.toggle_mark(two.id)
    assert [book.letter(run.id) for run in (one, two, parent)] == ["a", "b", ""]
    book.shown = child.id  # its parent stands beside it now
    assert [book.letter(run.id) for run in (one, two, parent)] == ["a", "b", "c"]
    assert [run.id for run in book.beside] == [parent.id, one.id, two.id]
    book.toggle_mark(one.id)
    assert [book.letter(run.id) for run in (one, two, parent)] == ["", "b", "c"]
    book.shown = two.id
    assert [book.letter(run.id) for run in (two, parent)] == ["b", ""]


def test_four_marks_and_a_parent_all_have_letters() -> None:
    parent = finished_run()
    child = finished_run("bn-l2", parent=parent)
    marked = [finished_run("baseline") for _ in range(4)]
    book = RunBook()
    book.add(booked(run) for run in (parent, child, *marked))
    for run in marked:
        book.toggle_mark(run.id)
    book.shown = child.id
    assert [book.letter(run.id) for run in (*marked, parent)] == list("abcde")
    assert len(book.beside) == 5


def test_a_run_that_comes_back_has_its_mark_and_its_letter_again() -> None:
    runs = [finished_run("baseline") for _ in range(3)]
    book = RunBook()
    book.add(booked(run) for run in runs)
    for run in runs:
        book.toggle_mark(run.id)
    kept, mark = book.find(runs[1].id), book.mark_of(runs[1].id)
    assert kept is not None and mark is not None
    book.remove(runs[1].id)
    book.add([kept])
    book.restore_mark(runs[1].id, mark)
    assert book.marked == [run.id for run in runs]
    assert [book.letter(run.id) for run in runs] == ["a", "b", "c"]


def test_a_long_past_is_seen_when_all_of_it_is_read() -> None:
    run = finished_run(epochs=[epoch(n) for n in range(1, 6)])
    entries = JournalReader(run.journal).read()
    book = RunBook()
    book.add([booked(run)])
    assert book.read_aside(run.id, entries[:4], more=True)
    assert book.read_aside(run.id, entries[4:7], more=True)
    assert book.runs[0].history is None
    assert not book.read_aside(run.id, entries[7:], more=False)
    book.grow(run.id, entries[7:])
    history = book.runs[0].history
    assert history is not None and len(history.epochs) == 5
    more = [Entry(len(entries), 2e9, epoch(6)), Entry(len(entries) + 1, 2e9, epoch(7))]
    assert not book.read_aside(run.id, more, more=True), "news of a run whose past is read is no past"


def test_epochs_of_the_runs_before_are_counted_along_the_chain() -> None:
    first = finished_run(epochs=[epoch(n) for n in range(1, 4)])
    second = finished_run("bn-l2", parent=first, epochs=[epoch(1), epoch(2)])
    third = finished_run("bn-momentum", parent=second)
    book = RunBook()
    book.add(booked(run) for run in (first, second, third))
    runs = {run.id: run for run in book.runs}
    assert [book.epochs_before(runs[run.id]) for run in (first, second, third)] == [0, 3, 5]
    fork = runs[third.id]
    fork.summary.manifest = fork.summary.manifest.model_copy(update={"forked_at": 1})
    assert book.epochs_before(fork) == 3, "a fork counts on from where it left its parent"
    book.remove(first.id)
    assert book.epochs_before(runs[second.id]) == 0
