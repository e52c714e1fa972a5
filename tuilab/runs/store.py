"""The store of runs: create, find and list run folders.

RUN/experiment.toml   exact, complete, rerunnable
RUN/run.json          what the run is called and starts from
RUN/journal.jsonl     what happened (written by the worker alone)
RUN/worker.log        everything the worker's libraries print, tracebacks included
RUN/lease.json        which process works on it; lease.lock is locked while it is taken
RUN/commands.jsonl    what its worker is asked to do
RUN/queue.json        that it waits, and what for, until a worker takes it
RUN/then.json         what is to be trained after it, noted by earlier versions
RUN/checkpoints/      weights
RUN/probes/           what probes recorded while it trained (written by the worker alone)

Folders have mode 0700 and files 0600, whatever the umask. A store that another person could have filled is
neither read nor written (``private.refuse_foreign``). The folder of runs may be a symbolic link that leads
to a folder of the same person's, on a bigger disk for example; a run never is one.
"""

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tuilab.errors import RunError, UsageError, nearest
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.toml import to_toml
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private, refuse_foreign
from tuilab.runs import creation_times
from tuilab.runs.run import ID, LONGEST_NAME, Manifest, Run, manifest_seal, settings_digest_of
from tuilab.terminal import clean


def create(
    experiment: Experiment,
    *,
    preset: str | None,
    name: str = "",
    parent: str | None = None,
    forked_at: int | None = None,
    forked_digest: str = "",
    shares: str | None = None,
    furnish: Callable[[Path], None] = lambda checkpoints: None,
    beside: Mapping[str, str] | None = None,
) -> Run:
    """Make a run folder, mode 0700, and return it. It appears whole or not at all.

    Args:
        experiment: what it trains.
        preset, name, parent, forked_at, forked_digest, shares: as in ``Manifest``.
        furnish: fills the run's folder of checkpoints before anybody sees it.
        beside: texts of further files in its folder, by their names.

    Raises:
        RunError: the folder cannot be made, or the store is another person's; the sentence says which.
    """
    now = time.time()
    stem = f"{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}-{preset or 'experiment'}"
    if not ID.fullmatch(stem):
        raise RunError(
            f"a run cannot be named after '{clean(preset or '', limit=80)}': "
            "it must be lowercase letters, digits and hyphens"
        )
    manifest = Manifest(
        preset=preset,
        name=_storable(name),
        parent=parent,
        forked_at=forked_at,
        created=now,
        forked_digest=forked_digest,
        shares=shares,
        experiment_digest=experiment.digest,
        settings_digest=settings_digest_of(experiment),
    )
    table = manifest.model_dump(mode="json", exclude={"seal"})
    root = own_folder()
    draft = root / f".draft-{secrets.token_hex(8)}"
    try:
        make_private(root)
        draft.mkdir()
        try:
            draft.chmod(0o700)
            make_private(draft / "checkpoints")
            furnish(draft / "checkpoints")
            _write(draft / "experiment.toml", to_toml(experiment))
            _write(draft / "run.json", _laid_out({"seal": manifest_seal(table), **table}))
            for file, text in (beside or {}).items():
                _write(draft / file, text)
            return Run(_settle(draft, root, stem))
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError(
            f"the run's folder cannot be created in {clean(str(root))}: "
            f"{clean(error.strerror or str(error))}",
            ["free space, make the folder writable, or choose another: TUILAB_HOME=/a/folder tuilab run"],
        ) from error


def find(text: str) -> Run:
    """Return the run whose id is ``text``, begins with it, or ``latest``.

    Raises:
        UsageError: none or several; the sentence names the nearest or the candidates.
        RunError: the folder of runs cannot be read, or is another person's.
    """
    if text == "latest" and (runs := list_runs()):
        return runs[-1]
    runs = folders()
    exact = [run for run in runs if run.id == text]
    # nothing is no beginning: an unset variable of a script must not name the only run there is
    exact = exact or [run for run in runs if text and run.id.startswith(text)]
    if len(exact) == 1:
        return exact[0]
    shown = clean(text, limit=100)
    if ID.fullmatch(text) and (paths.runs() / text).is_symlink():
        raise UsageError(
            f"{shown!r} is refused: it is a symbolic link, but a run must be a folder; remove the link"
        )
    if exact:
        raise UsageError(
            f"{shown!r} matches {len(exact)} runs: {', '.join(run.id for run in exact[:5])}; write more "
            "of the name"
        )
    if not runs:
        raise UsageError(f"there is no run {shown!r}: there are no runs yet in {clean(str(paths.runs()))}")
    ids = [run.id for run in runs]
    raise UsageError(
        f"there is no run {shown!r}; tuilab ps --all and tuilab results list them{nearest(text, ids)}"
    )


def rename(run: Run, name: str) -> None:
    """Give a run another name; what it trained and started from stays. An empty name takes the old one away.

    Raises:
        UsageError: a name of more than 200 characters, or a manifest that is damaged or gone.
        RunError: the manifest cannot be written; the old name stays.
    """
    name = _storable(name)
    if len(name) > LONGEST_NAME:
        raise UsageError(
            f"'{clean(name, limit=40)}' is too long for a run's name: it has {len(name)} characters, "
            f"and must have at most {LONGEST_NAME}"
        )
    run.manifest()
    # what a later version wrote beside these settings stays
    table = {**json.loads(run._read("run.json")), "name": name}
    try:
        write_whole(run.folder / "run.json", _laid_out(table), links=False)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{run.id} cannot be renamed: {why}") from error


def discard(run: Run) -> None:
    """Delete the folder of a run that came to nothing: it leaves lists immediately, then the disk."""
    draft = run.folder.with_name(f".draft-{secrets.token_hex(8)}")
    run.folder.rename(draft)
    shutil.rmtree(draft, ignore_errors=True)


def own_folder() -> Path:
    """Return the folder of runs, which need not exist.

    Raises:
        RunError: it, or the home that it stands in, is another person's or open to others.
    """
    refuse_foreign(paths.home())
    refuse_foreign(paths.runs())
    return paths.runs()


def list_runs() -> list[Run]:
    """Return all runs in the order in which they were made, oldest first.

    Raises:
        RunError: the folder of runs cannot be read, or is another person's.
    """
    found = _folders()
    order = {name: (creation_times.created(run.folder, inode), name) for name, (run, inode) in found.items()}
    return [found[name][0] for name in sorted(found, key=order.__getitem__)]


def folders() -> list[Run]:
    """Return all runs by their names: sooner than ``list_runs``, which looks into them.

    Raises:
        RunError: the folder of runs cannot be read, or is another person's.
    """
    found = _folders()
    return [found[name][0] for name in sorted(found)]


def _folders() -> dict[str, tuple[Run, int]]:
    """Return runs and their folders' inodes. What is not named like a run is left alone, and so is a link."""
    root = own_folder()
    try:
        with os.scandir(root) as entries:
            return {
                entry.name: (Run(root / entry.name), entry.inode())
                for entry in entries
                if ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            }
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the runs in {clean(str(root))} cannot be listed: {why}") from error


def _laid_out(table: dict[str, Any]) -> str:
    return json.dumps(table, indent=1, ensure_ascii=False)


def _storable(name: str) -> str:
    """Return the name with bytes of an argument that are no UTF-8 made visible."""
    return name.encode(errors="backslashreplace").decode()


def _settle(draft: Path, root: Path, stem: str) -> Path:
    """Move the draft to the first free name; renaming onto a folder that holds files fails: none is lost."""
    for n in range(1, 1000):
        target = root / (stem if n == 1 else f"{stem}-{n}")
        if os.path.lexists(target):  # a link that leads nowhere as well
            continue
        try:
            draft.rename(target)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                continue
            raise
        return target
    raise FileExistsError(errno.EEXIST, f"there are already 999 runs named {stem}")


def _write(path: Path, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        path.chmod(0o600)  # whatever the umask
        file.write(text)
        file.flush()
        os.fsync(fd)
