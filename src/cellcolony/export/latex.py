"""LaTeX: the equations of the cells that a network or a model is made of (needs amsmath)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cellcolony import cells
from cellcolony.cells import Cell, label
from cellcolony.cells.lower.latex import as_latex, as_layer_latex
from cellcolony.export import EXPORTS, Format
from cellcolony.export.exportable import DenseLayer, ForecastNetwork, TrainedLanguageModel
from cellcolony.layers.layer import Layer


def _of_network(it: ForecastNetwork, name: str) -> dict[str, str]:
    used = {node.cell for node in it.network.nodes if node.kind != "input"}
    return _written(map(cells.get, sorted(used)), as_latex)


def _of_model(it: TrainedLanguageModel, name: str) -> dict[str, str]:
    return _of_layers(it.architecture.layers)


def _of_layer(it: DenseLayer, name: str) -> dict[str, str]:
    return _of_layers([it.layer])


def _of_layers(layers: Sequence[Layer]) -> dict[str, str]:
    used = dict.fromkeys(group.cell for layer in layers for group in layer.groups)
    around = dict.fromkeys(told for layer in layers for told in layer.around)
    (equations,) = _written(used, as_layer_latex).values()
    return {".tex": "".join(f"% {told}\n" for told in around) + equations}


def _written(used: Iterable[Cell], equations: Callable[[Cell], str]) -> dict[str, str]:
    parts = [f"% {_line(cell.name)}\n\\[\n{equations(cell)}\n\\]\n" for cell in used]
    return {".tex": "\n".join(parts)}


def _line(name: str) -> str:
    return " ".join(label(name).split())


EXPORTS.register("latex")(
    Format(
        ".tex",
        "The equations of its cells, for a document that uses amsmath.",
        {ForecastNetwork: _of_network, TrainedLanguageModel: _of_model, DenseLayer: _of_layer},
    )
)
