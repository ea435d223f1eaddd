"""Pack what is long and says the same again and again, so that it takes a fourth of its bytes.

A packed text is base64 of zlib, so that a line of JSON stays one.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from cellcolony.store.lines import as_json
from cellcolony.store.reading import LARGEST_LINE

LONG_BYTES = 1_000
"""Shorter texts stay as they are, so that people can read them."""


def packed(value: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return a value as it is, or packed where it is long."""
    text = json.dumps(value, allow_nan=False, default=as_json).encode()
    if len(text) <= LONG_BYTES:
        return value
    return base64.b64encode(zlib.compress(text)).decode("ascii")


def unpacked_text(text: str | bytes) -> bytes:
    """Return the JSON that was packed.

    Raises:
        ValueError: It is none that `packed` wrote, or longer than a line may be.
    """
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(base64.b64decode(text, validate=True), LARGEST_LINE)
    except zlib.error as error:
        raise ValueError(f"what is packed is damaged: {error}") from error
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError(f"what is packed is damaged, or takes more than {LARGEST_LINE:,} bytes")
    return found
