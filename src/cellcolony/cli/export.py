"""`cellcolony export`: files that use what a run has found without this program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def export(
    run: Path,
    /,
    *,
    to: str,
    out: Path,
    number: Annotated[
        int | Literal["ensemble"] | None, Parameter(name=("--network", "--node"))
    ] = None,
    model: str | None = None,
    seed: int | None = None,
    precision: str = "float32",
    interval: float | None = None,
) -> None:
    """Write the best that a run has found so that it can be used without this program.

    Of a forecast that is a network. Of a study with final trainings it is the language model with
    the lowest validation perplexity and its weights; of a search for nodes without them, the best
    node as the source of a layer.

    Args:
        run: The run directory.
        to: The format: numpy is one Python file that needs NumPy alone, for networks; torch is an
            nn.Module with its weights in a safetensors file beside it; c is one C99 file and one
            header, which need no library, for networks; onnx are ONNX models, of a network one of
            whole series and one of a step; latex are the equations of the cells.
        out: A file that ends as the format's files do (.py, .c, .onnx, .tex), or a folder, which
            gets a file called model. What stands there is written over.
        number: The number of another network, or node, of the front, without a final training; or
            ensemble: the mean of several networks, as one.
        model: Another model with a final training, such as lstm or 'evolved node'.
        seed: The seed of the final training. Without, the first.
        precision: In which numbers it is computed: float32; c can be int16 too, which needs the
            run's data and a C compiler to find out what that costs in accuracy.
        interval: The share of what comes that is to lie between a lower and an upper end, such as
            0.9, of forecasts: as `predict --interval` gives them.
    """
    from cellcolony import export as exporting
    from cellcolony.export.exportable import exportable_of
    from cellcolony.runs.open import open_run

    name = exporting.in_precision(to, precision)
    what = exportable_of(open_run(run), model, number, seed, interval)
    paths = exporting.write(what, name, out)
    for path in paths:
        print(path)
    tell = exporting.EXPORTS[name].tell
    for line in () if tell is None else tell(what, paths[0]):
        print(line)
