"""Undo: whatever was done, in the reverse of the order in which it was done."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tuilab.lab.draft import Draft
from tuilab.lab.undo import UndoStack


def test_with_nothing_done_there_is_nothing_to_take_back() -> None:
    stack = UndoStack(Draft("bn"))
    assert stack.undo() is None
    assert not stack.redo()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.integers(1, 50), st.sampled_from("abc")), max_size=12))
def test_changes_and_deeds_are_taken_back_in_reverse_order(doings: list[int | str]) -> None:
    draft = Draft("bn")
    stack = UndoStack(draft)
    world: list[str] = []
    before = []
    for doing in doings:
        now = (draft.experiment, list(world))
        if isinstance(doing, int):
            draft.change({"training.epochs": doing})
            stack.note_draft()
        else:
            world.append(doing)
            stack.note(f"the deed {doing}", world.pop)  # type: ignore[arg-type]
        if (draft.experiment, world) != now:
            before.append((now, doing))
    for (experiment, deeds), doing in reversed(before):
        assert stack.undo() == ("" if isinstance(doing, int) else f"the deed {doing}")
        assert (draft.experiment, world) == (experiment, deeds)
    assert stack.undo() is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["change", "deed", "undo", "redo"]), max_size=25))
def test_whatever_is_pressed_the_draft_never_loses_a_state_that_can_be_reached(presses: list[str]) -> None:
    draft = Draft("bn")
    stack = UndoStack(draft)
    start, deeds = draft.experiment, 0
    for number, pressed in enumerate(presses):
        if pressed == "change":
            draft.change({"training.epochs": number + 20})
            stack.note_draft()
        elif pressed == "deed":
            deeds += 1
            stack.note("a deed", lambda: None)
        elif pressed == "redo":
            stack.redo()
        elif stack.undo() == "a deed":
            deeds -= 1
    while (label := stack.undo()) is not None:
        deeds -= label == "a deed"
    assert (draft.experiment, draft.depth, deeds) == (start, 0, 0)


def test_a_change_that_was_taken_back_is_made_again_and_taken_back_again() -> None:
    draft = Draft("bn")
    stack = UndoStack(draft)
    start = draft.experiment
    draft.change({"training.epochs": 3})
    stack.note_draft()
    stack.undo()
    assert stack.redo()
    assert draft.experiment.training.epochs == 3
    assert stack.undo() == ""
    assert draft.experiment == start


def test_more_changes_than_the_draft_keeps_are_no_harm() -> None:
    draft = Draft("bn")
    stack = UndoStack(draft)
    for number in range(1, 260):
        draft.change({"training.seed": number})
        stack.note_draft()
    taken = 0
    while stack.undo() is not None:
        taken += 1
    assert taken == 200
    assert draft.depth == 0


def test_deeds_keep_their_place_when_the_draft_forgets_its_oldest_changes() -> None:
    draft = Draft("bn")
    stack = UndoStack(draft)
    for number in range(1, 200):
        draft.change({"training.seed": number})
        stack.note_draft()
    stack.note("a deed", lambda: None)
    for number in range(200, 210):
        draft.change({"training.seed": number})
        stack.note_draft()
    labels = [stack.undo() for _ in range(11)]
    assert labels == [""] * 10 + ["a deed"]
