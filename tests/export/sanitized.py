"""Runs exported C under the sanitizers of a compiler, as a program of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np

COMPILERS = [path for name in ("gcc", "clang") if (path := shutil.which(name))]
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wshadow", "-Wfloat-conversion")
SANITIZED = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

PROGRAM = """
#include <stdio.h>
#include "{name}.h"

int main(void)
{{
    {name}_state state;
    float row[{name}_n_columns], out[{name}_n_targets];
    unsigned long n = 0;
    {name}_reset(&state);
    while (fread(row, sizeof row, 1, stdin) == 1) {{
        {name}_step(&state, row, out);
        if (fwrite(out, sizeof out, 1, stdout) != 1) {{
            return 1;
        }}
        n++;
    }}
    fprintf(stderr, "%lu %lu", n, (unsigned long)sizeof state);
    return 0;
}}
"""


def sanitized(
    main: Path, rows: np.ndarray, n_targets: int, compiler: str, *options: str
) -> tuple[np.ndarray, int]:
    """Return the forecasts of an exported file, and the bytes of its state.

    Args:
        main: The C file, whose name is an identifier.
        rows: `(time, columns)`.
        n_targets: How many numbers a forecast has.
        compiler: What compiles it.
        *options: More of its options.
    """
    program = main.with_name("program.c")
    program.write_text(PROGRAM.format(name=main.stem))
    built = main.with_name("program")
    files = str(program), str(main), "-o", str(built), "-lm"
    subprocess.run([compiler, *STRICT, *SANITIZED, *options, *files], check=True)
    done = subprocess.run([built], input=np.float32(rows).tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    n_rows, n_bytes = map(int, done.stderr.split())
    forecasts = np.frombuffer(done.stdout, np.float32).reshape(-1, n_targets)
    assert len(forecasts) == n_rows == len(rows)
    return forecasts, n_bytes
