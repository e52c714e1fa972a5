"""Where a study is kept: Optuna's journal file, or a database. What is wrong with it ends as a sentence."""

import contextlib
import json
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from tuilab.errors import MissingError, RunError, UsageError
from tuilab.files.locks import lock_on
from tuilab.terminal import clean

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

_EXTRA = ["pip install 'tuilab[sweep]'"]
_GRACE_SECONDS = 10
"""After how long the lock of a killed process on a shared file system no longer counts; one write takes some
thousandths of a second."""


class StorageLostError(RunError):
    """The study cannot be reached just now; it may be there again later."""


def optuna() -> Any:
    """Return Optuna, told to be quiet.

    Raises:
        MissingError: it is not installed.
    """
    try:
        import optuna as found
    except ImportError as error:
        raise MissingError("sweeps need Optuna, which is not installed", _EXTRA) from error
    found.logging.set_verbosity(found.logging.ERROR)
    warnings.filterwarnings("ignore", category=found.exceptions.ExperimentalWarning)
    return found


def shown(storage: str) -> str:
    """Return a storage's URL or path as it may be shown: without its password."""
    return clean(re.sub(r"(://[^/@:]*):[^@]*@", r"\1:…@", storage), limit=200)


def in_file(path: Path, *, shared: bool) -> "BaseStorage":
    """Open a journal file, which is made if it is missing.

    Args:
        shared: whether processes on other machines write it as well.

    Raises:
        MissingError: Optuna is not installed.
        UsageError: it is no journal.
        StorageLostError: it cannot be read or written.
    """
    optuna()
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
    from optuna.storages.journal._file import BaseJournalFileLock

    class Flock(BaseJournalFileLock):
        """Ends with its process, so that a killed one holds nobody up."""

        def __init__(self, lock: FileLock) -> None:
            self._lock = lock

        def acquire(self) -> bool:
            self._lock.acquire()
            return True

        def release(self) -> None:
            self._lock.release()

    class Repaired(JournalFileBackend):
        """A journal file whose torn last line, of a process killed while writing, is cut off."""

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            with self._lock_held():
                cut_torn_tail(Path(self._file_path))
                lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
                with open(self._file_path, "ab") as file:  # noqa: PTH123 - as Optuna has it: a path of text
                    file.write(lines.encode("utf-8"))
                    file.flush()
                    os.fsync(file.fileno())

        @contextlib.contextmanager
        def _lock_held(self) -> Iterator[None]:
            self._lock.acquire()
            try:
                yield
            finally:
                with contextlib.suppress(
                    RuntimeError
                ):  # it took too long, and another process broke the lock
                    self._lock.release()

    with translated(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise PermissionError(13, "it cannot be written")
        held = (
            JournalFileSymlinkLock(str(path), grace_period=_GRACE_SECONDS)
            if shared
            else Flock(lock_on(path.with_name(f"{path.name}.flock")))
        )
        return JournalStorage(Repaired(str(path), held))


def cut_torn_tail(path: Path) -> None:
    """Cut a file back to its last whole line; whoever does so keeps others from writing."""
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        end = size
        while end > 0:
            start = max(end - 65536, 0)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end < size:
            file.truncate(end)


def in_database(url: str) -> "BaseStorage":
    """Open a database.

    Raises:
        MissingError: Optuna or the database's driver is not installed.
        UsageError: the URL is wrong, or the tables are of another version of Optuna.
        StorageLostError: it cannot be reached or written.
    """
    optuna()
    from optuna.storages import RDBStorage

    with translated(url):
        # a server that was started again is noticed before a statement is sent
        return RDBStorage(
            _with_driver(url), engine_kwargs={"pool_pre_ping": True, "connect_args": _connect_args(url)}
        )


def _with_driver(url: str) -> str:
    """Return a PostgreSQL URL that names the driver of the extra; SQLAlchemy's versions default to others."""
    scheme, colon, rest = url.partition("://")
    return f"postgresql+psycopg{colon}{rest}" if scheme in ("postgresql", "postgres") else url


def _connect_args(url: str) -> dict[str, Any]:
    match url.partition(":")[0].partition("+")[0]:
        case "postgresql" | "mysql" | "mariadb":
            return {"connect_timeout": 10}
        case _:
            return {}


@contextlib.contextmanager
def translated(storage: str) -> Iterator[None]:
    """Turn what a storage raises into sentences.

    Args:
        storage: a URL or the path of a journal file.

    Raises:
        MissingError: a driver is not installed.
        UsageError: the storage is not what its name says.
        StorageLostError: it cannot be reached or written just now.
    """
    with _database_problems(storage) if "://" in storage else _file_problems(storage):
        yield


@contextlib.contextmanager
def _database_problems(url: str) -> Iterator[None]:
    from sqlalchemy import exc

    name = shown(url)
    internal = optuna().exceptions.StorageInternalError
    try:
        yield
    except ImportError as error:
        raise MissingError(
            f"the storage {name} needs the Python package {_driver(url)}, which is not installed",
            [
                *_EXTRA,
                "that brings psycopg for PostgreSQL; for MySQL: pip install pymysql, and mysql+pymysql://",
            ],
        ) from error
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise UsageError(
            f"the storage {name} is not allowed: it must be a URL such as postgresql://user@host/name, or "
            "the path of a file that all machines share"
        ) from error
    except (exc.SQLAlchemyError, internal) as error:
        why = clean(str(getattr(error, "orig", None) or error.__cause__ or error), limit=300)
        raise StorageLostError(
            f"the storage {name} cannot be used: {' '.join(why.split())}",
            ["look whether its server runs, and whether this machine may reach and write it"],
        ) from error
    except RuntimeError as error:
        raise UsageError(
            f"the storage {name} is of another version of Optuna: {clean(str(error))}"
        ) from error


@contextlib.contextmanager
def _file_problems(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise StorageLostError(
            f"the storage {clean(path)} cannot be used: {why}",
            ["look whether its folder is there, is writable and has space"],
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{clean(path)} is damaged, or is no journal of a study") from error


def _driver(url: str) -> str:
    return _with_driver(url).partition("://")[0].partition("+")[2] or "of its driver"


def open_storage(storage: str) -> "BaseStorage":
    """Open a database's URL, or a journal file that several machines share; raises as the two do."""
    return in_database(storage) if "://" in storage else in_file(Path(storage), shared=True)
