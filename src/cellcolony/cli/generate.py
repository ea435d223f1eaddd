"""`cellcolony generate`: let a trained language model write."""

from __future__ import annotations

from pathlib import Path


def generate(
    run: Path,
    /,
    *,
    prompt: str = "",
    tokens: int = 100,
    temperature: float = 1.0,
    seed: int = 0,
) -> None:
    """Write a text with the language model of a run.

    Args:
        run: The run directory of train-lm, of a training that has ended or not.
        prompt: How the text begins.
        tokens: How many words, or characters, to write.
        temperature: Below 1 the likely words become likelier; 0 always takes the likeliest.
        seed: The same seed writes the same text.
    """
    from cellcolony.cli.printing import print_text
    from cellcolony.runs.kinds import LANGUAGE_MODEL, refuse_other
    from cellcolony.runs.language.needs import check_extra
    from cellcolony.runs.language.stored import open_language_run

    refuse_other(run, LANGUAGE_MODEL, "generate")
    check_extra()
    from cellcolony.runs.language.generate import generate as write

    print_text(write(open_language_run(run), prompt, tokens, temperature, seed).rstrip() + "\n")
