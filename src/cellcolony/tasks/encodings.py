"""How a file of text is encoded, as a setting."""

from __future__ import annotations

from typing import Annotated

from cellcolony.settings import Rule


def _is_of_text(name: str) -> bool:
    """Say whether Python knows an encoding, and it is one of text: there are hex and zip, too."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):  # ValueError: a name that holds a NUL
        return False
    return True


Encoding = Annotated[
    str, Rule(_is_of_text, "be one that Python knows, such as utf-8, latin-1 or cp1252")
]
