"""The text that a run was begun on, read again where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellcolony.errors import RunError
from cellcolony.tasks.language import Language


def text_again(run: Path, data: Mapping[str, Any], task: Language | None) -> Language:
    """Return the text of a run.

    Args:
        run: The run directory.
        data: What its settings say of the text, the fingerprint and the source among it.
        task: The text, where the caller has it; None to read again where it came from.

    Raises:
        RunError: The run had another text.
        ConfigError: It does not say where its text came from.
        DataError: The files cannot be used.
    """
    if task is None:
        task = Language.again(data)
    if task.fingerprint != data["fingerprint"]:
        there, here = data["fingerprint"][:8], task.fingerprint[:8]
        raise RunError(
            f"{run} was begun on another text (fingerprint there {there}, now {here}). It needs "
            "the text that it had."
        )
    return task
