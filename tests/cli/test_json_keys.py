"""Help names every key that a command prints as JSON, and no other."""

import json
from typing import Any

import numpy as np
import pytest
from command_line import call
from finished_runs import finished_run
from rate_tests import MadeUpTest
from records import DONE, epoch

from tuilab.cli import json_keys
from tuilab.lab import rate_test
from tuilab.lab.queue import clients
from tuilab.machine import diagnosis
from tuilab.machine.finding import Finding
from tuilab.runs.journal.records import Stopped
from tuilab.runs.trash import trash
from tuilab.sources import feature_cache
from tuilab.sources.feature_cache import FeatureKey

PRINTED = {
    "show latest --json": json_keys.RUN,
    "ps --all --json": json_keys.LIVE,
    "queue --json": json_keys.QUEUED,
    "queue list --json": json_keys.QUEUED,
    "results --format json": json_keys.RESULT,
    "compare {0} {1} --format json": json_keys.COMPARED,
    "trash list --json": json_keys.DELETED,
    "cache list --json": json_keys.CACHED,
    "doctor --quick --json": json_keys.FINDING,
    "rate bn --data digits --json": json_keys.RATE,
    "ladder iteration-ii --json": json_keys.LADDER,
}


@pytest.mark.parametrize("words", PRINTED)
def test_help_names_every_key_that_is_printed(
    words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "diagnose", lambda quick: [Finding("Python", "Keras", "ok", "3.15")])
    monkeypatch.setattr(rate_test, "RateTest", MadeUpTest)
    trash(finished_run())
    done = [finished_run().id, finished_run("baseline").id]
    with feature_cache.storing(
        FeatureKey("w", "d", "test", "block5_pool", "unit", "float32"), 1, (1,), "float32"
    ) as writing:
        writing.append(np.zeros((1, 1), np.float32))
    stopped = finished_run(epochs=[epoch(1)], last=Stopped(epoch=1, reason="asked to", seconds=DONE.seconds))
    clients.enqueue_again(stopped)
    ended = call(capsys, *words.format(*done).split())
    assert ended.code == 0
    printed = _objects(ended.out)
    named = {key for keys in PRINTED[words] for key in keys}
    assert printed and all(set(one) == named for one in printed)


@pytest.mark.parametrize("words", PRINTED)
def test_the_keys_stand_in_the_help_of_their_command(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = [word for word in words.split() if word.isalpha() and word not in ("latest", "json")]
    shown = " ".join(call(capsys, *command, "--help").out.split())
    for keys, meaning in PRINTED[words].items():
        assert f"{', '.join(keys)}: {meaning}" in shown, keys


def test_no_key_is_named_twice() -> None:
    for keys in PRINTED.values():
        every = [key for together in keys for key in together]
        assert len(every) == len(set(every))


def _objects(out: str) -> list[dict[str, Any]]:
    """Return what was printed: an object, an array of them, or one a line."""
    try:
        found = json.loads(out)
    except json.JSONDecodeError:
        return [json.loads(line) for line in out.splitlines()]
    return found if isinstance(found, list) else [found]
