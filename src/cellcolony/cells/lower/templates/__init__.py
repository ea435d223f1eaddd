"""Templates of source code, and how they are filled; those of kernels stand here."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def filled(package: str, template: str, language: str = "py", **values: Any) -> str:
    """Return source code by a template.

    Args:
        package: The package whose folder `templates` holds it.
        template: Its name, without `.py.jinja`.
        language: What stands in its place before `.jinja`: "py", "c", "h".
        **values: What it shows; what is foreign enters by `repr`, or as letters and digits alone.
    """
    return _environment(package).get_template(f"{template}.{language}.jinja").render(**values)


@cache
def _environment(package: str) -> Environment:
    made = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["zip"] = zip
    made.filters["repr"] = repr
    return made
