"""Seals: digests by which a file is known again, so that no changed bit is taken for what was written.

A checksum beside the content finds what a disk or a slip of the hand changed. The same digest in the journal,
which is a file of its own, finds what was exchanged whole.
"""

import hashlib
import json
from typing import Any

_HEAD = b'{"seal":"'
_LENGTH = len(_HEAD) + 64


def digest_of(content: Any) -> str:
    """Return the SHA-256 in hex of JSON content, however it is laid out."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sealed(content: bytes) -> bytes:
    """Return a JSON object with the digest of all that follows it as its first key."""
    rest = b'",' + content.removeprefix(b"{")
    return _HEAD + hashlib.sha256(rest).hexdigest().encode() + rest


def unbroken(content: bytes) -> bool:
    """Return whether what ``sealed`` made is as it was; an object without a seal has none to be broken."""
    if not content.startswith(_HEAD):
        return True
    return content[len(_HEAD) : _LENGTH] == hashlib.sha256(content[_LENGTH:]).hexdigest().encode()
