"""One line of a journal: a record with its number, its time and a checksum, as bytes.

A line is JSON whose first key is the checksum of all that follows it on the line:

    {"crc":"1c291ca3","seq":0,"time":1767225600.25,"record":{"kind":"started",...}}

so a reader checks bytes, not a re-encoding of them.
"""

import json
import re
import zlib
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import from_json

from tuilab.runs.journal.records import AnyRecord, adapter

_HEAD = b'{"crc":"%08x",'
_HEAD_LENGTH = len(_HEAD % 0)
_NUMBER = re.compile(rb'"seq":([0-9]{1,15}),')


@dataclass(frozen=True)
class Entry:
    """A record with its place and time.

    Attributes:
        seq: 0, 1, 2, ... without a gap.
        time: seconds since 1970, by the writer's clock.
        record: what happened.
    """

    seq: int
    time: float
    record: AnyRecord


class UnknownRecord(Exception):
    """A whole and undamaged line whose record this version does not understand."""


def encode(entry: Entry, before: int = 0) -> bytes:
    """Return one line, newline included; ``before`` is the checksum of all bytes before it."""
    # the record's own serializer: the union's would write NaN and infinities as null
    record = entry.record.model_dump_json()
    rest = f'"seq":{entry.seq},"time":{json.dumps(entry.time)},"record":{record}}}'.encode()
    return _HEAD % zlib.crc32(rest, before) + rest + b"\n"


def checked(line: bytes, before: int) -> bool:
    """Return whether a line (without its newline) bears the checksum of its bytes and those before it."""
    return line.startswith(_HEAD % zlib.crc32(line[_HEAD_LENGTH:], before))


def number(line: bytes) -> int:
    """Return a line's number; -1 if it does not stand where ``encode`` writes it."""
    found = _NUMBER.match(line, _HEAD_LENGTH)
    return int(found[1]) if found else -1


def decode(line: bytes, seq: int) -> Entry:
    """Read one line (without its newline; its checksum was checked) that must hold record ``seq``.

    Raises:
        ValueError: the sentence says what is wrong with the line.
        UnknownRecord: nothing is wrong with it, but its record was written by a later version.
    """
    try:
        content = from_json(b"{" + line[_HEAD_LENGTH:])  # three times as fast as json.loads
        found, written, record = content["seq"], content["time"], content["record"]
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"the line has a format that this version cannot read ({type(error).__name__})"
        ) from error
    if found != seq:
        raise ValueError(f"record {seq} is missing: record {found} is in its place")
    try:
        return Entry(seq, written, adapter.validate_python(record))
    except ValidationError as error:
        raise UnknownRecord(f"record {seq} was written by a later version") from error
