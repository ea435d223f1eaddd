"""What kind of run a directory holds: `kind` in its `config.toml` says so."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cellcolony.errors import RunError, brief
from cellcolony.runs.reading import CONFIG
from cellcolony.store import foreign
from cellcolony.store.reading import read_text

Kind = Literal["forecast", "language model", "node search"]
FORECAST: Kind = "forecast"
LANGUAGE_MODEL: Kind = "language model"
NODE_SEARCH: Kind = "node search"
KINDS: tuple[Kind, ...] = (FORECAST, LANGUAGE_MODEL, NODE_SEARCH)


def kind_of(run: Path) -> Kind:
    """Return what kind of run a directory holds; where its settings do not say, a forecast.

    Raises:
        RunError: It is no run directory, or of no known kind.
    """
    path = run / CONFIG
    if not path.is_file():
        raise RunError(f"{run} is no run directory: it has no {CONFIG}.")
    try:
        found = foreign.parse_toml(read_text(run, path, foreign.LARGEST_SETTINGS)).get("kind")
    except ValueError as error:
        raise RunError(f"{path}: the settings cannot be read: expected TOML: {error}.") from error
    for kind in KINDS:
        if found == kind or (found is None and kind == FORECAST):
            return kind
    raise RunError(f"{path}: `kind` must be one of {', '.join(KINDS)}. Got {brief(found)}.")


def refuse_other(run: Path, wanted: Kind, what: str) -> None:
    """Check that a run is of a kind.

    Args:
        run: The run directory.
        wanted: The kind.
        what: What needs it: "predict".

    Raises:
        RunError: It is of another.
    """
    found = kind_of(run)
    if found != wanted:
        raise RunError(f"`{what}` is for runs of the kind {wanted}, and {run} holds a {found}.")
