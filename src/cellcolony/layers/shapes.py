"""The trainable numbers of a dense layer: the name and the shape of each array."""

from __future__ import annotations

from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import lay_out


def weight_shapes(layer: Layer, n_inputs: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a layer's weights by their names in a `torch.nn.Module`.

    weights_x      (projections of the input, inputs)
    weights_h      (projections of the output, units)
    params         (params,)
    deeper_h       (depth - 1, projections of the output, units), of a deep layer alone
    deeper_params  (depth - 1, params), likewise
    gates.N        those of the mogrifier

    Args:
        layer: The layer.
        n_inputs: Numbers of the input.
    """
    layout = lay_out(layer)
    recurrent = layout.n_of_output, layer.n_units
    shapes: dict[str, tuple[int, ...]] = {
        "weights_x": (layout.n_of_input, n_inputs),
        "weights_h": recurrent,
        "params": (layout.n_params,),
    }
    if layer.depth > 1:
        shapes["deeper_h"] = (layer.depth - 1, *recurrent)
        shapes["deeper_params"] = (layer.depth - 1, layout.n_params)
    if layer.mogrifier is not None:
        for gate in layer.mogrifier.gates(n_inputs, layer.n_units):
            shapes |= dict(zip(gate.names, gate.shapes, strict=True))
    return shapes


def recurrent_shape(layer: Layer) -> tuple[int, int, int]:
    """Return `(depth, projections of the output, units)`: all recurrent weights of a layer."""
    return layer.depth, lay_out(layer).n_of_output, layer.n_units
