"""What is said of runs that wait: what the store says of them, with the app's keys for its commands."""

import re
from collections.abc import Mapping, Sequence

from tuilab.lab.queue.standing import Standing
from tuilab.lab.queue.taking_out import TakenOut
from tuilab.tui.bindings import key_by_id

_COMMANDS = (
    (r"tuilab resume \S+ (tries again|then queues)", r"{resume} \1"),
    (r"tuilab queue drop \S+ takes it", "{stop} takes it"),
    (r"tuilab resume \S++(?! --take-over)", "{resume} on that run resumes it"),
    (r"tuilab queue release \S+", "{hold} releases it"),
    (r"tuilab queue drop \S+", "{stop} takes it out of the queue"),
)
"""What a standing advises, and what does the same in the app."""


def reason_text(standing: Standing, own_keys: Mapping[str, str]) -> str:
    """Return what a run waits for, in a clause that follows its name; clean.

    Args:
        own_keys: the person's own keys, by a binding's id.
    """
    ids = {"resume": "run.resume", "stop": "run.stop", "hold": "queue.hold"}
    keys = {word: key_by_id(id).names(own_keys)[0] for word, id in ids.items()}
    reason = standing.reason
    for pattern, words in _COMMANDS:
        reason = re.sub(pattern, words.format(**keys), reason)
    return reason


def place_text(standing: Standing) -> str:
    """Return a run's place: ``2 of 5``."""
    return f"{standing.place} of {standing.of}"


def state_text(standing: Standing) -> str:
    """Return the state of a run that waits, in few words, as a table says it."""
    entry = standing.queued.entry
    if standing.queued.damage or entry.problem:
        return "◌ not started"
    if entry.held:
        return "◌ held"
    return f"◌ queued {standing.place}/{standing.of}"


def needs_a_person(standing: Standing) -> bool:
    """Return whether a run waits for somebody to do something, who did not hold it."""
    return not standing.moves and not (standing.queued.entry.held and not standing.queued.damage)


def taken_out_text(taken: TakenOut, called: str, own_keys: Mapping[str, str]) -> str:
    """Return what was taken out of the queue, and how it comes back."""
    resume, undo = (key_by_id(id).names(own_keys)[0] for id in ("run.resume", "draft.undo"))
    if taken.kept:
        return f"{called} was taken out of the queue; {resume} queues it again"
    if not taken.others:
        return f"{called} was taken out of the queue; {undo} puts it back"
    also = "and so was" if len(taken.others) == 1 else "and so were"
    names = _list([run.id for run in taken.others])
    return (
        f"{called} was taken out of the queue, {also} {names}, which would have started from it; "
        f"{undo} puts them back"
    )


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
