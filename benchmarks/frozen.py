"""Check published runs against the protocol that was committed before their test rows were read.

    python benchmarks/frozen.py benchmarks/protocols/NAME.toml RUN...

`benchmarks/protocols/README.md` says what such a file holds. Prints what belongs beside the
numbers, or what is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from cellcolony.runs.config import CONFIG
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result

KEYS = {"question", "fingerprint", "budget", "seeds", "methods", "decision"}


def git(path: Path, *words: str) -> str:
    """Return what git says of a file; nothing where it refuses."""
    command = ["git", "-C", str(path.parent), *words, "--", path.name]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def faults(path: Path, protocol: Mapping[str, Any], runs: Sequence[Result]) -> Iterator[str]:
    """Yield what is wrong, one sentence each."""
    if missing := KEYS - set(protocol):
        yield f"{path} does not say {', '.join(sorted(missing))}."
        return
    committed = git(path, "log", "-1", "--format=%ct")
    if not committed or git(path, "status", "--porcelain"):
        yield f"{path} is not committed as it is."
        return
    for run in runs:
        assert run.path is not None
        facts = {
            "fingerprint": run.facts.fingerprint,
            "budget": "" if run.outcome is None else run.outcome.budget,
        }
        for key, found in facts.items():
            if found != protocol[key]:
                yield f"{run.path}: `{key}` is {found!r}, and the protocol says {protocol[key]!r}."
        if (run.path / CONFIG).stat().st_mtime < int(committed):
            yield f"{run.path} is older than the protocol."
    wanted = Counter(product(protocol["methods"], protocol["seeds"]))
    found = Counter((run.config.method_name, run.config.seed) for run in runs)
    for method, seed in wanted - found:
        yield f"The run of {method} with seed {seed} is missing."
    for method, seed in found - wanted:
        yield f"A run of {method} with seed {seed} is not in the protocol."


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("protocol", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    options = parser.parse_args()
    content = options.protocol.read_bytes()
    runs = [open_run(path) for path in options.runs]
    wrong = list(faults(options.protocol, tomllib.loads(content.decode()), runs))
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    readings = [0 if run.outcome is None else run.outcome.test_readings for run in runs]
    digest = hashlib.sha256(content).hexdigest()[:16]
    commit = git(options.protocol, "log", "-1", "--format=%h of %cs")
    print(
        f"Protocol {options.protocol}, SHA-256 {digest}, commit {commit}; the test rows were read "
        f"{sum(readings)} times in {len(runs)} runs, at most {max(readings)} times in one."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
