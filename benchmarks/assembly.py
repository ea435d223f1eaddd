"""Count the vector and scalar instructions of every cell's compiled loops.

Run `python benchmarks/assembly.py`, or with `--quick` for one cell. A scalar division, `vdivss`,
would mean that a loop was not vectorised. Registers of 512, 256 and 128 bits are counted apart.
"""

from __future__ import annotations

import re
import sys
from itertools import product

import coal
import numpy as np

from cellcolony import cells
from cellcolony.cells.lower import compiled, llvm, simd
from cellcolony.cells.lower.kernel_code import ARGUMENTS, generate
from cellcolony.networks.vectors import ONE_LANE

COUNTED = {
    "zmm": r"%zmm",
    "ymm": r"%ymm",
    "xmm": r"%xmm",
    "vdivps": r"vdivps\s",
    "vdivss": r"vdivss\s",
    "fused multiply-add": r"vfn?m(?:add|sub)\d+ps\s",
    "scalar multiply-add": r"vfn?m(?:add|sub)\d+ss\s",
    "calls": r"\tcallq?\s",
}


def main() -> None:
    """Print the table."""
    print(coal.machine(), f"vectors of {simd.VECTOR}, of {ONE_LANE} in groups of one")
    print("| cell | loop | " + " | ".join(COUNTED) + " |\n|---|---|" + "---|" * len(COUNTED))
    names = ["simple"] if "--quick" in sys.argv else cells.names()
    for name, way, narrow in product(names, ("forward", "backward"), (False, True)):
        loop = f"{way}, one vector" if narrow else way
        vector = ONE_LANE if narrow else simd.VECTOR
        source = generate(cells.get(name), np.float32, vector, narrow, way)
        module = compiled.load(f"cell_{name}", source)
        text = llvm.assembly(getattr(module, way), ARGUMENTS)
        counts = [len(re.findall(pattern, text)) for pattern in COUNTED.values()]
        print(f"| {name} | {loop} | " + " | ".join(map(str, counts)) + " |")


if __name__ == "__main__":
    main()
