"""One Python source file that needs NumPy alone; it forecasts rows, or a CSV file."""

from __future__ import annotations

from cellcolony.cells.lower.python import weight_names
from cellcolony.export import EXPORTS, Format, source
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import ForecastNetwork

_HEADER = '''"""{summary}

{origin}. It needs NumPy alone.

In a program:       from {module} import COLUMNS, predict
                    forecasts = predict(rows)
On a command line:  python {module}.py data.csv > forecasts.csv
"""

import csv
import math
import sys

import numpy as np

'''

_CELLS = """

# --- What a node computes in a row. x: the sum of what flows in. The first result leaves it. ---


"""

_RUN = '''

# --- How it is computed ---

N_NODES = 1 + max(target for _, target, _, _ in EDGES)
HISTORY = max(1, *(back for _, _, back, _ in EDGES))
WEIGHTS = np.zeros((HISTORY + 1, N_NODES, N_NODES), np.float32)
for source, target, back, weight in EDGES:
    WEIGHTS[back, source, target] = weight
WEIGHTS = WEIGHTS.astype(float)  # as they were trained, computed with more digits

INPUT_OFFSET, INPUT_WIDTH = np.array([scaling for _, *scaling in INPUTS]).T
TARGET_OFFSET, TARGET_WIDTH = np.array([scaling for _, *scaling in TARGETS]).T


def predict(rows):
    """Forecast each target, HORIZON rows after each row.

    rows: (time, columns), the columns in the order of COLUMNS, in their own units; the first row
    begins the series.

    Returns (time, targets), in the targets' own units.
    """
    rows = checked(rows)
    inputs = (rows[:, : len(INPUTS)] - INPUT_OFFSET) / INPUT_WIDTH
    return run(inputs.astype(np.float32)) * TARGET_WIDTH + {base}


def run(inputs):
    """Run the network from zero memory: (time, inputs) to (time, targets), in scaled units."""
    y = np.zeros((HISTORY + len(inputs), N_NODES))  # what lies before the first row stays 0
    y[HISTORY:, : len(READ)] = inputs[:, READ]
    begin = len(READ)
    for nodes in COMPONENTS:
        begin = run_component(y, begin, nodes)
    return y[HISTORY:, OUTPUTS]


def run_component(y, begin, nodes):
    """Compute the nodes from `begin` on for all rows; return the number after their last one."""
    end = begin + len(nodes)
    # What flows in from nodes that are done, for all rows at once.
    outside = np.zeros((len(y) - HISTORY, len(nodes)))
    for back in range(HISTORY + 1):
        earlier = y[HISTORY - back : len(y) - back, :begin]
        outside += earlier @ WEIGHTS[back, :begin, begin:end]

    # The rest node by node: for so few numbers at once, plain floats are faster than arrays.
    values = [[0.0] * HISTORY for _ in nodes]
    memories = [[0.0] * n_memories for _, n_memories, _ in nodes]
    inner = [
        [(values[s - begin], back, w) for s, t, back, w in EDGES if t == node and s >= begin]
        for node in range(begin, end)
    ]
    for row, from_outside in enumerate(outside.tolist(), HISTORY):
        for i, (cell, _, weights) in enumerate(nodes):
            x = from_outside[i]
            for source, back, weight in inner[i]:
                x += weight * source[row - back]
            result, *memories[i] = cell(weights, x, values[i][row - 1], *memories[i])
            values[i].append(result)
    y[:, begin:end] = np.transpose(values)
    return end


def checked(rows):
    """Return rows as numbers{filling}; refuse what is missing or infinite."""
    rows = np.array(rows, float)
    if rows.ndim != 2 or rows.shape[1] != len(COLUMNS):
        raise ValueError(f"rows must be (time, {len(COLUMNS)}). Got {rows.shape}.")
{fill}    faulty = np.argwhere(~np.isfinite(rows))
    if len(faulty):
        row, column = faulty[0]
        where = f"Row {row}, column {COLUMNS[column]!r}"
        raise ValueError(f"{where}: {rows[row, column]} is no number.")
    return rows

{filled}
# --- On the command line ---


def read_csv(path):
    """Read the columns of a CSV file with a header; others are not looked at."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise ValueError(f"{path} lacks columns: {', '.join(map(repr, missing))}.")
        places = [header.index(name) for name in COLUMNS]
        rows = []
        for fields in lines:
            if fields:
                rows.append([to_number(fields, place, lines.line_num) for place in places])
    return np.array(rows).reshape(-1, len(COLUMNS))


def to_number(fields, place, line):
    text = fields[place].strip() if place < len(fields) else ""
    if text.lower() in ("", "na", "nan", "null", "none"):
        return np.nan
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"Line {line}, field {place + 1}: {text!r} is no number.") from None


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} data.csv")
    try:
        forecasts = predict(read_csv(sys.argv[1]))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    out = csv.writer(sys.stdout, lineterminator="\\n")
    out.writerow(["row", *(f"{name}[t+{HORIZON}]" for name, _, _ in TARGETS)])
    for row, values in enumerate(forecasts):
        out.writerow([row, *(f"{value:.10g}" for value in values)])


if __name__ == "__main__":
    main()
'''

_FILLED = {
    "previous": '''
def filled(column):
    """Repeat the value before a gap."""
    present = ~np.isnan(column)
    latest = np.maximum.accumulate(np.where(present, np.arange(len(column)), -1))
    return np.where(latest >= 0, column[latest], np.nan)

''',
    "interpolate": '''
def filled(column):
    """Draw a line across a gap."""
    present = np.flatnonzero(~np.isnan(column))
    if not len(present):
        return column
    rows = np.arange(len(column))
    return np.interp(rows, present, column[present], left=np.nan, right=np.nan)

''',
}
"""What `cellcolony.tasks.gaps` does."""


def network_source(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return one Python file that needs NumPy alone."""
    parts = contents(it.network, it.transform, it.residual)
    text = "".join(
        [
            _HEADER.format(
                summary=source.summary(parts), origin=source.ORIGIN, module=source.module_name(name)
            ),
            source.column_tables(parts),
            _CELLS,
            source.cell_functions(parts, "python"),
            _network(parts),
            _run(it.transform.fill, it.residual),
        ]
    )
    return {".py": text}


def _run(fill: str | None, residual: bool) -> str:
    known = {
        "{base}": "rows[:, BASE]" if residual else "TARGET_OFFSET",
        "{filling}": ", gaps filled" if fill else "",
        "{fill}": "    rows = np.stack([filled(column) for column in rows.T], 1)\n" if fill else "",
        "{filled}": _FILLED[fill] if fill else "",
    }
    text = _RUN
    for mark, replacement in known.items():
        text = text.replace(mark, replacement)
    return text


def _network(parts: Contents) -> str:
    names = source.function_names(parts.cells)
    lines = [
        "",
        "",
        "# --- The network ---",
        "",
        *source.reading(parts),
        "",
        "# Then come components: nodes that form a cycle and are stepped through time together, or",
        "# that do not wait for each other. Each node: its cell, number of memories, and weights.",
        "COMPONENTS = [",
    ]
    for component in parts.components:
        lines.append("    [")
        for group in component.groups:
            lines.append(f"        # {', '.join(weight_names(group.cell))}")
            comments = source.node_comments(group.begin, group.nodes)
            for comment, row in zip(comments, group.weights, strict=True):
                weights = f"[{', '.join(map(source.decimal, row))}]"
                cell = f"{names[group.cell]}, {len(group.cell.own_states())}, {weights}"
                lines.append(f"        ({cell}),  # {comment}")
        lines.append("    ],")
    lines += [
        "]",
        f"OUTPUTS = {list(parts.outputs)}  # the nodes that forecast TARGETS",
        "",
        "# Source node, target node, rows back (0: in the same row), weight.",
        "EDGES = [",
        *source.edge_rows(parts, with_weights=True),
        "]",
    ]
    return "\n".join(lines) + "\n"


EXPORTS.register("numpy")(
    Format(".py", "One Python file that needs NumPy alone.", {ForecastNetwork: network_source})
)
