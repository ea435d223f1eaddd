"""The sheet that a drawing stands on: title, facts, the drawing, what its marks mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import NAME_SIZE, shortened, width, xml
from cellcolony.drawing.palette import PALE_INK, PAPER
from cellcolony.drawing.placement import HALF_WIDTH, Placement, Point

BORDER, TITLE_HEIGHT, LEGEND_GAP = 24.0, 74.0, 40.0
LINE = 17.0
"""Between lines of facts."""
NARROWEST = 720.0
FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def sheet(
    title: str,
    facts: Sequence[str],
    placement: Placement,
    names: tuple[Sequence[str], Sequence[str]],
    body: Sequence[str],
    explain: Callable[[Flow], None],
) -> str:
    """Return a whole SVG file.

    Args:
        title: Stands above, and is what the file is called.
        facts: Lines under the title.
        placement: Where the nodes stand, whose names need room beside them.
        names: What stands at the left of the first layer, and at the right of the last.
        body: The drawing, which begins at the middle of the first layer.
        explain: Adds the legend to its rows.
    """
    left = BORDER + _widest(names[0]) + 14
    right = BORDER + _widest(names[1]) + HALF_WIDTH + 10
    total_width = max(left + placement.size[0] + right, NARROWEST)
    room = total_width - 2 * BORDER
    top = TITLE_HEIGHT + LINE * (len(facts) - 1)
    legend = Flow(Point(BORDER, top + placement.size[1] + LEGEND_GAP), room)
    explain(legend)
    height = legend.bottom + BORDER
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {total_width:.0f} {height:.0f}" role="img" '
        f'font-family="{xml(FONT)}">',
        f"<title>{xml(title)}</title>",
        f"<desc>{xml(' '.join(facts))}</desc>",
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        marks.text(Point(BORDER, 32), shortened(title, room, 17), size=17, bold=True, title=title),
        *(
            marks.text(Point(BORDER, 52 + LINE * i), fact, size=12, colour=PALE_INK)
            for i, fact in enumerate(facts)
        ),
        f'<g transform="translate({left:.1f},{top:.1f})">',
        *body,
        "</g>",
        *legend.elements,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _widest(names: Sequence[str]) -> float:
    return max((width(name, NAME_SIZE) for name in names), default=0.0)
