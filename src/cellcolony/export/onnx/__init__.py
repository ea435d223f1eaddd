"""ONNX: networks of forecasts, language models and layers, for runtimes on any device."""

from __future__ import annotations

from cellcolony.export import EXPORTS, Format
from cellcolony.export.exportable import DenseLayer, ForecastNetwork, TrainedLanguageModel
from cellcolony.export.onnx.layers import language_onnx, layer_onnx
from cellcolony.export.onnx.network import network_onnx

EXPORTS.register("onnx")(
    Format(
        ".onnx",
        "ONNX models; of a network one of whole series, and one of a step with its state.",
        {
            ForecastNetwork: network_onnx,
            TrainedLanguageModel: language_onnx,
            DenseLayer: layer_onnx,
        },
        has_intervals=True,
    )
)
