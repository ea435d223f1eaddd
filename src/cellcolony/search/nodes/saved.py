"""What a search over nodes keeps, as plain values: the fields of its classes, by their annotations.

Trees are kept as texts; whether they have a bias follows from the settings.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from annotated_types import Ge, Gt

from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError, brief

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
Natural = Annotated[int, Ge(0)]
Loss = Annotated[float, Gt(-math.inf)]
"""Infinite for a tree that failed."""


class _AsText:
    """Says to pydantic that a tree is kept as its text; whether it has a bias is the context."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.with_info_plain_validator_function(
            lambda text, info: Tree.from_dict({"tree": text, "bias": info.context}),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda tree: tree.text),
        )


SavedTree = Annotated[Tree, _AsText()]


def plain(value: Any) -> dict[str, Any]:
    """Return what an instance of a class holds as plain values; `read` makes an equal one."""
    return _adapter(type(value)).dump_python(value, mode="json")


def read(cls: type[T], data: Any, bias: bool) -> T:
    """Return an instance of a class from what `plain` wrote, which somebody else may have changed.

    Raises:
        ConfigError: A value is missing or cannot be, a text that is no tree among them.
    """
    from pydantic import ValidationError

    try:
        return _adapter(cls).validate_python(data, context=bias)
    except ValidationError as error:
        fault = error.errors()[0]
    place = " of ".join(f"`{key}`" for key in reversed(fault["loc"]))
    raise ConfigError(
        f"A saved search cannot have {place} {brief(fault['input'])}: {fault['msg']}."
    )


@cache
def _adapter(cls: type[T]) -> TypeAdapter[T]:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)
