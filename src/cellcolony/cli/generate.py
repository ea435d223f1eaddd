"""`cellcolony generate`: let a trained language model write."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_text


def generate(
    run: Path,
    /,
    *,
    prompt: str = "",
    tokens: int = 100,
    temperature: float = 1.0,
    seed: int = 0,
    model: str | None = None,
    model_seed: int | None = None,
) -> None:
    """Write a text with a language model of a run.

    Args:
        run: The run directory of a study with final trainings, which have ended or not.
        prompt: How the text begins.
        tokens: How many words, or characters, to write.
        temperature: Below 1 the likely words become likelier; 0 always takes the likeliest.
        seed: The same seed writes the same text.
        model: Which model writes, such as lstm or 'evolved node'. Without, the best by validation.
        model_seed: The seed of its final training. Without, the first.
    """
    from cellcolony.runs.generate import generate as write
    from cellcolony.runs.open import open_run

    text = write(open_run(run), prompt, tokens, temperature, seed, model, model_seed)
    print_text(text.rstrip() + "\n")
