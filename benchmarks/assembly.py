"""Count the vector and scalar instructions of every cell's compiled loops.

Run `python benchmarks/assembly.py`, or with `--quick` for one cell. It compiles into a folder of
its own: machine code that was loaded from a cache cannot be inspected. A scalar division, `vdivss`,
would mean that a loop was not vectorised. Registers of 512, 256 and 128 bits are counted apart.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from itertools import product

os.environ["CELLCOLONY_CACHE_DIR"] = tempfile.mkdtemp(prefix="cellcolony-assembly-")

import coal
import numpy as np

from cellcolony import cells
from cellcolony.cells.lower import compiled, simd
from cellcolony.cells.lower.numba import generate

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
    print(coal.machine(), f"vectors of {simd.VECTOR}")
    print("| cell | loop | " + " | ".join(COUNTED) + " |\n|---|---|" + "---|" * len(COUNTED))
    names = ["simple"] if "--quick" in sys.argv else cells.names()
    for name, way, narrow in product(names, ("forward", "backward"), (False, True)):
        loop = f"{way}, one vector" if narrow else way
        source = generate(cells.get(name), np.float32, narrow=narrow, way=way)
        module = compiled.load(f"cell_{name}", source)
        text = getattr(module, way)._library.get_asm_str()
        counts = [len(re.findall(pattern, text)) for pattern in COUNTED.values()]
        print(f"| {name} | {loop} | " + " | ".join(map(str, counts)) + " |")


if __name__ == "__main__":
    main()
