"""PyTorch: a `torch.nn.Module` in Python source, its weights in a safetensors file beside it."""

from __future__ import annotations

from cellcolony.export import EXPORTS, Format
from cellcolony.export.exportable import DenseLayer, ForecastNetwork, TrainedLanguageModel
from cellcolony.export.language_torch import language_module
from cellcolony.export.layer_torch import layer_module
from cellcolony.export.network_torch import network_module

EXPORTS.register("torch")(
    Format(
        ".py",
        "An nn.Module in Python source, its weights in a safetensors file beside it.",
        {
            ForecastNetwork: network_module,
            TrainedLanguageModel: language_module,
            DenseLayer: layer_module,
        },
    )
)
