"""`cellcolony ensemble`: language models of several runs that tell a text together."""

from __future__ import annotations

import shlex
from pathlib import Path

from cellcolony.cli.options import Device
from cellcolony.cli.printing import print_parts


def ensemble(
    runs: list[Path],
    /,
    *,
    out: Path,
    model: list[str] | None = None,
    most: int = 12,
    device: Device = "auto",
) -> None:
    """Choose an ensemble of the final trainings of several runs, to search for what adds to it.

    Models are added to a mean of probabilities one after the other, whichever lowers the validation
    loss most; the ensemble is scored on the test text, once.

    Args:
        runs: Runs of evolve-node, mix, scale-up or train-lm on the same text.
        out: The folder to write; it must not exist. It holds who the models are, and what they tell
            of the validation text, which `evolve-node --judge added --ensemble` reads.
        model: What a model is called that may take part, such as 'evolved node' or lstm. May be
            repeated; without, all may.
        most: How many additions it is made of at most; a model may be added again, and weighs more.
        device: Where it computes: cpu, cuda, or auto for a GPU where there is one.
    """
    from cellcolony.report.joined import joined_report
    from cellcolony.report.terminal import render
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.joined import join
    from cellcolony.store.files import write_folder

    refuse_existing(out)
    joined = join(runs, model or (), most, device)
    print_parts(render(list(joined_report(joined))))
    write_folder(out, joined.saved.files())
    print(f"Written: {out}")
    print(
        f"To add to it: cellcolony evolve-node ... --judge added --ensemble {shlex.quote(str(out))}"
    )
