"""`cellcolony scale-up`: find a large model's settings by a grid, then train it for long."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cellcolony.cli.options import GpuOptions, TextOptions
from cellcolony.cli.preset import LARGE, fill_in_recipe, filled_in
from cellcolony.cli.running import place_for, run_study
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.needs import check_extra
from cellcolony.layers.schedule import Schedule

TEXT = TextOptions()
DROPOUTS = "dropout=0.2:0.6,recurrent=0.1:0.3"
"""The grid where none is given [ours]; the paper says that it was over dropout rates."""


@Parameter(name="*", group="Grid")
@dataclass(frozen=True)
class GridOptions:
    """Which settings are tried before the long training, and how.

    Attributes:
        grid: Settings and their values, between commas: dropout=0.2:0.6 is three from 0.2 to 0.6,
            dropout=0.2:0.6:5 five, hidden=500/700 those two; recurrent is dropout_recurrent. May be
            repeated.
        grid_epochs: Passes over the text for each point of the grid.
        efforts: The points that go on are trained anew, for so many times as long. May be repeated:
            without, 1 and 3.
        kept: Of so many points one goes on.
        rivals: A cell that the same grid is raced for, and that is trained as long. May be
            repeated.
    """

    grid: tuple[str, ...] = (DROPOUTS,)
    grid_epochs: int = 5
    efforts: tuple[int, ...] = (1, 3)
    kept: int = 3
    rivals: tuple[str, ...] = ()


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class ScaleOptions:
    """How to run.

    Attributes:
        n_seeds: With how many seeds each model is trained in the end.
        seed: The first; the same seed is the same training, to the bit on the same kind of machine.
        workers: How many trainings at once. Without, one for each processor core.
        threads: How many threads a final training uses.
        out: The run directory to write; it must not exist. Without, runs/ with date and time.
        observe: Who observes as well: see `cellcolony list observers`. May be repeated.
    """

    n_seeds: int = 1
    seed: int = 0
    workers: int | None = None
    threads: int = 1
    out: Path | None = None
    observe: tuple[str, ...] = ()


scale_up = App(
    name="scale-up",
    config=(fill_in_recipe,),
    help="Find the settings of a large language model by a grid, and train it for long.",
)


@scale_up.default
def scale(
    of: str,
    /,
    *,
    train: list[str] | None = None,
    valid: list[str] | None = None,
    test: list[str] | None = None,
    recipe: str = LARGE,
    text: Annotated[TextOptions, Parameter()] = TEXT,
    grid: GridOptions = GridOptions(),
    model: Annotated[ModelSettings, filled_in("Model")] = ModelSettings(),
    schedule: Annotated[Schedule, filled_in("Training")] = Schedule(),
    run: ScaleOptions = ScaleOptions(),
    gpus: GpuOptions = GpuOptions(),
) -> None:
    """Put a node, a mixture or a cell into a large language model, and train that well.

    Args:
        of: The run directory of evolve-node or mix, a cell of `cellcolony list cells`, or a file
            cell.json.
        train: A file or pattern to learn from. Without, the text of the run. May be repeated.
        valid: To choose on. Without, the last 15 % of the training text. May be repeated.
        test: To touch once, at the end. Without, the last 15 % of the training text. May be
            repeated.
        recipe: Settings under a name: n2n-20m, n2n-32m, n2n-25m-tied and n2n-54m-tied are the sizes
            of From Nodes to Networks; or a TOML file of your own. The command line's win.
        text: How the text is read, where --train names one.
        grid: What is tried first.
        model: The large model but for its cells.
        schedule: Its long training.
        run: How to run.
        gpus: Where trainings of the grid, as candidates, and final ones compute.
    """
    from cellcolony.runs.scaling import read_grid_options, scaling_study

    check_extra()
    out = place_for(run.out)
    task, files = None, {}
    if train:
        task = text.read(train, valid, test)
    else:
        files = {"valid": tuple(valid or ()), "test": tuple(test or ())}
    study = scaling_study(
        of, LanguageTraining(model, schedule), grid=read_grid_options(grid.grid),
        grid_epochs=grid.grid_epochs, efforts=grid.efforts, kept=grid.kept, rivals=grid.rivals,
        n_seeds=run.n_seeds, seed=run.seed, task=task,
        files={split: names for split, names in files.items() if names},
    )  # fmt: skip
    run_study(
        study, out=out, workers=run.workers, threads=run.threads, observers=run.observe,
        **asdict(gpus),
    )  # fmt: skip
