"""SVG elements as text."""

from __future__ import annotations

from cellcolony.drawing.labels import xml


def element(tag: str, *inside: str, title: str = "", **attributes: str | float) -> str:
    """Return an SVG element.

    Args:
        tag: What it is: "circle".
        inside: What it holds, as markup.
        title: Shows when a pointer rests on it.
        attributes: By their names, an underscore for a hyphen, and one at the end of a name that
            Python keeps for itself: `class_`. Numbers get two decimals; an empty text is none.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    hover = f"<title>{xml(title)}</title>" if title else ""
    return f"<{tag}{given}>{hover}{''.join(inside)}</{tag}>"


def _value(value: str | float) -> str:
    return xml(value) if isinstance(value, str) else f"{round(value, 2):.10g}"
