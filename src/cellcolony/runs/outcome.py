"""How a study ended, as `result.toml` keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.intervals import Margin
from cellcolony.settings import Amount, Count, InfAndNan, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import read_text

RESULT = "result.toml"


@settings
class Outcome:
    """How a study ended.

    Attributes:
        budget: The limits of the search; empty where nothing but the method ended it.
        workers: How many candidates were judged at once.
        reason: Why the search ended, as the end of a sentence; empty where there was none.
        interrupted: Whether the user stopped the search.
        search_seconds: Wall time of the search, all sessions together.
        seconds: Wall time of each stage, in the last session.
        rival_epochs: How many epochs fixed networks were trained; 0 where there are none.
        control_candidates: How many candidates the control had; 0 where there was none.
        control_seconds: Wall time of the control.
        test_readings: How often the test split has been scored, each time after all trainings of a
            session had ended.
        margins: How the test errors of the study's own model differ from those of each other.
        menus: For each rival with a menu the errors on validation that it was chosen by.
    """

    budget: str
    workers: Count
    reason: str
    interrupted: bool
    search_seconds: Amount
    seconds: Mapping[str, Amount] = field(default_factory=dict)
    rival_epochs: Count = 0
    control_candidates: Count = 0
    control_seconds: Amount = 0.0
    test_readings: Count = 0
    margins: tuple[Margin, ...] = ()
    menus: Mapping[str, Mapping[str, Annotated[float, InfAndNan()]]] = field(default_factory=dict)


def read_outcome(run: Path) -> Outcome | None:
    """Return how a study ended; None for one that has not.

    Raises:
        RunError: The file cannot be read, or a value of it cannot be.
    """
    path = run / RESULT
    if not path.exists():
        return None
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    try:
        return record(Outcome, foreign.parse_toml(text), str(path))
    except ConfigError as error:
        raise RunError(str(error)) from error
    except ValueError as error:
        raise RunError(f"{path}: expected TOML: {error}.") from error
