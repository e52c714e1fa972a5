"""One line of the index: what an ended run came to, in parts that are decoded when somebody wants them.

    checksum id stamps<TAB>state<TAB>rest<TAB>epochs<TAB>experiment<TAB>manifest<TAB>started<TAB>...

Each part is JSON, in which no tab stands. Parts that many runs share (the images, the network, the device,
the experiment) are decoded once for all of them: two thousand runs hold a dozen of each.
"""

import re
import zlib
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tuilab.experiment.experiment import Experiment
from tuilab.runs.journal.records import Epoch
from tuilab.runs.run import Run
from tuilab.runs.stored_epochs import StoredEpochs
from tuilab.runs.stored_epochs import encode as encode_epochs
from tuilab.runs.summary import Summary

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
Stamps = list[tuple[int, int, int]]
"""Size, time of change and inode of each file of a run that a line was read from."""


@dataclass(frozen=True)
class Line:
    """What a line says, not decoded yet."""

    stamps: bytes
    state: str
    rest: bytes

    def decoded(self, run: Run) -> tuple[Summary, Experiment] | None:
        """Return what a run came to and what it trained; None if this version does not understand it."""
        names, kind = _plain()
        try:
            plain, epochs, experiment, *records = self.rest.split(b"\t")
            told = kind.model_validate_json(plain)
            values: dict[str, Any] = {field: getattr(told, name) for name, field in names.items()}
            for (field, of), text in zip(_records().items(), records, strict=True):
                values[field] = _shared(of, text) if text else None
            values["epochs"] = StoredEpochs(epochs)
            return Summary(run=run, **values), _shared(Experiment, experiment)
        except (ValidationError, ValueError, TypeError):
            return None


def encode(stamps: Stamps, summary: Summary, experiment: Experiment) -> bytes:
    """Return a run's line, without a newline."""
    names, kind = _plain()
    plain = kind(**{name: getattr(summary, field) for name, field in names.items()}).model_dump_json()
    # each by its own serializer: a union's would write NaN and infinities as null
    records = [getattr(summary, name) for name in _records()]
    texts = [record.model_dump_json() if record is not None else "" for record in (experiment, *records)]
    parts = [stamps_text(stamps), summary.state.encode(), plain.encode(), encode_epochs(summary.epochs)]
    parts += [text.encode() for text in texts]
    rest = summary.run.id.encode() + b" " + b"\t".join(parts)
    return b"%08x %s" % (zlib.crc32(rest), rest)


def parse(line: bytes) -> Line | None:
    """Return what a line says; None if it says nothing or is damaged."""
    checksum, _, rest = line.partition(b" ")
    if not rest or checksum != b"%08x" % zlib.crc32(rest):
        return None
    stamps, _, rest = rest.partition(b" ")[2].partition(b"\t")
    state, _, rest = rest.partition(b"\t")
    return Line(stamps, state.decode(), rest)


def id_of(line: bytes) -> str:
    """Return the id of the run that a line is about, whether it is whole or not."""
    return line[9:].partition(b" ")[0].decode("ascii", "replace")


def stamps_text(stamps: Stamps) -> bytes:
    """Return stamps as they stand in a line."""
    return ";".join(",".join(map(str, stamp)) for stamp in stamps).encode()


def form() -> str:
    """Return a text that differs wherever lines would be written or understood in another way."""
    models = {Experiment, Epoch, *_records().values()}
    told = [str(get_type_hints(Summary))]
    while models:
        model = models.pop()
        told.append(
            f"{model.__name__} {[(name, str(f.annotation)) for name, f in model.model_fields.items()]}"
        )
    # a function among a field's annotations has another address in every process
    return _ADDRESS.sub("", "\n".join(sorted(told)))


@cache
def _records() -> dict[str, type[BaseModel]]:
    """Return the fields of a summary that hold one record or none, and its kind."""
    kinds: dict[str, type[BaseModel]] = {}
    hints = get_type_hints(Summary)
    for field in fields(Summary):
        hint = hints[field.name]
        of = (
            [each for each in get_args(hint) if each is not NoneType]
            if isinstance(hint, UnionType)
            else [hint]
        )
        if len(of) == 1 and isinstance(of[0], type) and issubclass(of[0], BaseModel):
            kinds[field.name] = of[0]
    return kinds


@cache
def _plain() -> tuple[dict[str, str], type[BaseModel]]:
    """Return all other fields of a summary, by the names that they have in a line, and what reads them."""
    # of a run that is over its journal says all: what is known of its worker beside that changes nothing
    left_out = {"run", "worker", "epochs", *_records()}
    names = {f.name.lstrip("_"): f.name for f in fields(Summary) if f.name not in left_out}
    hints = get_type_hints(Summary)
    kinds: dict[str, Any] = {name: (hints[field], ...) for name, field in names.items()}
    return names, create_model("Plain", __config__=ConfigDict(ser_json_inf_nan="constants"), **kinds)


@lru_cache(maxsize=8192)
def _shared(kind: type[BaseModel], text: bytes) -> Any:
    return kind.model_validate_json(text)
