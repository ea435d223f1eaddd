"""PyTorch: a `torch.nn.Module` in Python source, its weights in a safetensors file beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.cells.lower.python import has_memory
from cellcolony.export import EXPORTS, Format, source
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import DenseLayer, ForecastNetwork, TrainedLanguageModel
from cellcolony.export.language_torch import language_module
from cellcolony.export.layer_torch import layer_module


def network_module(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return an `nn.Module` as Python source, and its numbers as a safetensors file."""
    parts = contents(it.network, it.transform, it.residual)
    names = source.function_names(parts.cells)
    without_memory = [names[cell] for cell in names if not has_memory(cell)]
    text = source.network_source(
        parts, name, "torch", without_memory=without_memory, interval=it.interval
    )
    return {".py": text, ".safetensors": save(_tensors(parts))}


def _tensors(parts: Contents) -> dict[str, NDArray]:
    """Return the module's parameters and buffers by the names that they have there."""
    tensors: dict[str, NDArray] = {"edges": parts.edge_weights}
    for i, group in enumerate(parts.groups):
        tensors[f"cells.{i}"] = group.weights.T
    for side in ("input", "target"):
        scaling = getattr(parts.transform, f"{side}_scaling")
        tensors |= {f"{side}_offset": scaling.offset, f"{side}_width": scaling.width}
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


EXPORTS.register("torch")(
    Format(
        ".py",
        "An nn.Module in Python source, its weights in a safetensors file beside it.",
        {
            ForecastNetwork: network_module,
            TrainedLanguageModel: language_module,
            DenseLayer: layer_module,
        },
        has_intervals=True,
    )
)
