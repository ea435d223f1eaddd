"""`cellcolony score`: score a text with a trained language model."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.options import Device
from cellcolony.cli.printing import print_parts


def score(
    run: Path,
    files: list[str],
    /,
    *,
    model: str | None = None,
    model_seed: int | None = None,
    device: Device = "auto",
) -> None:
    """Score a text that a language model of a run has never seen.

    Args:
        run: The run directory of a study with final trainings.
        files: The text: files, patterns in quotes or folders, in their order; it is read as the
            training text was.
        model: Which model scores, such as lstm or 'evolved node'. Without, the best by validation.
        model_seed: The seed of its final training. Without, the first.
        device: Where it computes: cpu, cuda, or auto for a GPU where there is one.
    """
    from cellcolony.report.blocks import Facts
    from cellcolony.report.terminal import render
    from cellcolony.runs.open import open_run
    from cellcolony.runs.scored_text import score as score_text

    found = score_text(open_run(run), files, model, model_seed, device)
    unknown = 100 * found.n_unknown / (found.n_tokens - 1)
    pairs = [
        ("tokens", f"{found.n_tokens:,}, of which {unknown:.1f} % are unknown"),
        ("perplexity", f"{found.perplexity:.2f}"),
        ("of known ones", f"{found.known_perplexity:.2f}"),
        ("bits", f"{found.bits_per_character:.3f} a character"),
    ]
    print_parts(render([Facts(pairs)]))
