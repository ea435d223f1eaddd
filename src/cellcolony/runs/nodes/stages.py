"""What follows a search, as it is done: a line for each training of a rival or in the end.

`finals.jsonl` holds a `rival` line for each cell of the library that was judged as candidates are,
a `tuned` line for each training of one whose recipe is searched, and a `final` line for each final
training. Each names what was trained by a digest of its cell, and of its recipe if it has one, so
that a run that goes on uses the lines that still hold: those of a best node that another has
beaten since are passed over.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cellcolony.cells import Cell
from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.judges.final_task import FinalResult
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.runs.journal import LOSS, done_line, evaluation_of
from cellcolony.search.fixed import FixedCell
from cellcolony.store import foreign
from cellcolony.store.lines import AppendedLines
from cellcolony.store.reading import read
from cellcolony.store.writing import recording
from cellcolony.toml_table import AMOUNT, COUNT, TEXT, TomlTable

FINALS = "finals.jsonl"
LARGEST_FINALS = 64 << 20
"""Bytes of `finals.jsonl`: some 300 for each training."""


class FinalKey(NamedTuple):
    """Which final training it was.

    Attributes:
        model: What the model is called.
        seed: Its seed.
        cell: The digest of its cell and its recipe.
    """

    model: str
    seed: int
    cell: str


class TunedKey(NamedTuple):
    """Which training it was of a cell whose recipe is searched.

    Attributes:
        model: What the cell is called.
        cell: The digest of the cell and the recipe.
        number: Counts its trainings; 0, as the settings are, stands among the rivals.
    """

    model: str
    cell: str
    number: int

    @staticmethod
    def of(genome: FixedCell) -> TunedKey:
        """Return which training a fixed cell is."""
        digest = digest_of(genome.to_cell(), genome.recipe)
        return TunedKey(genome.cell, digest, genome.luck)


@dataclass
class Stages:
    """The trainings after a search that are done.

    Attributes:
        rivals: What came of judging cells of the library, by name and digest.
        tuned: What came of judging them with other recipes.
        finals: What came of final trainings.
    """

    rivals: dict[tuple[str, str], Evaluation] = field(default_factory=dict)
    tuned: dict[TunedKey, Evaluation] = field(default_factory=dict)
    finals: dict[FinalKey, FinalResult] = field(default_factory=dict)


def digest_of(cell: Cell, recipe: Recipe = AS_SET) -> str:
    """Return the same text for cells that compute the same in the same way, 16 digits."""
    program = {key: value for key, value in cell.to_dict().items() if key != "name"}
    if recipe != AS_SET:
        program["recipe"] = asdict(recipe)
    return hashlib.sha256(json.dumps(program, sort_keys=True).encode()).hexdigest()[:16]


class StageJournal:
    """Appends to `finals.jsonl`, each line at once and onto the disk; use it in a `with` block.

    Args:
        run: The run directory.

    Attributes:
        stages: What is done.

    Raises:
        RunError: What stands there is damaged, or it cannot be written.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self.stages = read_stages(run)
        with recording(run):
            self._lines = AppendedLines(run / FINALS)

    def __enter__(self) -> StageJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def rival(self, number: int, name: str, cell: str, evaluation: Evaluation) -> None:
        """Write down what came of judging a rival."""
        self.stages.rivals[name, cell] = evaluation
        line = done_line(number, evaluation)
        self._append({**line, "event": "rival", "model": name, "cell": cell})

    def tuned(self, genome: FixedCell, evaluation: Evaluation) -> None:
        """Write down what came of judging a cell with a recipe, which stands there for people."""
        key = TunedKey.of(genome)
        self.stages.tuned[key] = evaluation
        line = {**done_line(key.number, evaluation), "event": "tuned"}
        recipe = asdict(genome.recipe)
        self._append({**line, "model": key.model, "cell": key.cell, "recipe": recipe})

    def final(self, key: FinalKey, result: FinalResult) -> None:
        """Write down what came of a final training."""
        self.stages.finals[key] = result
        line = {"event": "final", **key._asdict(), "n_weights": result.n_weights}
        if result.failure is None:
            line |= {"valid_loss": result.valid_loss, "test_loss": result.test_loss}
        else:
            line["failure"] = result.failure
        self._append({**line, "seconds": round(result.seconds, 3)})

    def _append(self, line: Mapping[str, Any]) -> None:
        with recording(self._run):
            self._lines.append(line)
            self._lines.flush_to_disk()


def read_stages(run: Path) -> Stages:
    """Read `finals.jsonl`; a last line that a kill cut short is left out.

    Raises:
        RunError: The file cannot be read, or a line before the last is none of it.
    """
    path, stages = run / FINALS, Stages()
    if not path.exists():
        return stages
    *lines, _ = read(run, path, LARGEST_FINALS).split(b"\n")
    for at, line in enumerate(lines, 1):
        where = f"{path}, line {at}"
        try:
            _take(TomlTable(_object(line), where), stages)
        except ConfigError as error:
            raise RunError(str(error)) from error
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise RunError(f"{where} cannot be: {error}.") from error
    return stages


def _object(line: bytes) -> dict[str, Any]:
    values = foreign.parse_json(line)
    if not isinstance(values, dict):
        raise ValueError(f"expected an object, got {brief(values)}")
    return values


def _take(line: TomlTable, stages: Stages) -> None:
    """Take in a line.

    Raises:
        ConfigError, KeyError, TypeError, ValueError: A value is missing or cannot be.
    """
    model, cell = line.take("model", TEXT), line.take("cell", TEXT)
    event = line.take("event", TEXT)
    if event == "rival":
        stages.rivals[model, cell] = _evaluation(line)
    elif event == "tuned":
        key = TunedKey(model, cell, line.take("number", COUNT))
        stages.tuned[key] = _evaluation(line)
    elif event == "final":
        key = FinalKey(model, line.take("seed", COUNT), cell)
        failure = line.take("failure", TEXT, None)
        valid, test = math.inf, math.inf
        if failure is None:
            valid, test = float(line.take("valid_loss", LOSS)), float(line.take("test_loss", LOSS))
        n_weights, seconds = line.take("n_weights", COUNT), line.take("seconds", AMOUNT)
        stages.finals[key] = FinalResult(n_weights, valid, test, seconds, failure)
    else:
        raise ValueError(f"`event` must be rival, tuned or final. Got {brief(event)}")


def _evaluation(line: TomlTable) -> Evaluation:
    if "failure" not in line:
        line.take("loss", LOSS)
    return evaluation_of(line.values)
