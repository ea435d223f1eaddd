"""A graph of ONNX as it grows, and the model that holds it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cellcolony.errors import ConfigError
from cellcolony.export import source

OPSET, IR = 17, 8
"""Versions of ONNX of 2022, which runtimes on devices know."""


def package() -> Any:
    """Return the package `onnx`.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ConfigError(
            "The format 'onnx' needs the package onnx: pip install 'cellcolony[onnx]'."
        ) from None
    return onnx


class Graph:
    """Nodes and constants.

    Args:
        name: What it is called.
        within: What its names begin with, if it stands within another graph.
    """

    def __init__(self, name: str, within: str = "") -> None:
        self.onnx = package()
        self._name, self._within = name, within
        self._nodes: list[Any] = []
        self._constants: dict[bytes, Any] = {}

    def add(self, operator: str, *operands: str, result: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its result."""
        result = result or f"{self._within}{operator.lower()}_{len(self._nodes)}"
        self.add_several(operator, operands, [result], **attributes)
        return result

    def add_several(
        self, operator: str, operands: Iterable[str], results: Iterable[str], **attributes: Any
    ) -> None:
        """Add a node that has several results."""
        node = self.onnx.helper.make_node(operator, list(operands), list(results), **attributes)
        self._nodes.append(node)

    def keep(self, value: Any) -> str:
        """Add a constant; returns its name. Equal ones are one."""
        tensor = self.onnx.numpy_helper.from_array(np.ascontiguousarray(value))
        key = tensor.SerializeToString()
        if key not in self._constants:
            tensor.name = f"{self._within}constant_{len(self._constants)}"
            self._constants[key] = tensor
        return self._constants[key].name

    def gather(self, values: str, places: Iterable[int], axis: int = 0) -> str:
        """Add what picks out places along an axis."""
        return self.add("Gather", values, self.keep(np.array(list(places), np.int64)), axis=axis)

    def cut(self, values: str, place: slice, axis: int) -> str:
        """Add what cuts a slice out along an axis."""
        ends = (self.keep(np.array([end], np.int64)) for end in (place.start, place.stop, axis))
        return self.add("Slice", values, *ends)

    def made(
        self,
        inputs: Sequence[Any],
        results: Sequence[Any],
        defaults: Mapping[str, np.ndarray] | None = None,
    ) -> Any:
        """Return the graph.

        Args:
            inputs: What it is given, by `value`.
            results: What leaves it, by `value`.
            defaults: What inputs are where they are not given.
        """
        more = [
            self.onnx.numpy_helper.from_array(array, name)
            for name, array in (defaults or {}).items()
        ]
        constants = [*self._constants.values(), *more]
        return self.onnx.helper.make_graph(self._nodes, self._name, inputs, results, constants)


def value(name: str, dtype: type, shape: Iterable[int | str]) -> Any:
    """Return what an input or a result is: its name, type and shape."""
    helper = package().helper
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))


def model(graph: Any, **told: Any) -> bytes:
    """Return a checked model.

    Args:
        graph: Its graph.
        **told: What its metadata say, as JSON.
    """
    onnx = package()
    made = onnx.helper.make_model(
        graph,
        producer_name=source.PRODUCER,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR,
    )
    onnx.helper.set_model_props(made, {name: json.dumps(it) for name, it in told.items()})
    onnx.checker.check_model(made, full_check=True)
    return made.SerializeToString()
