"""From a text to a recurrent node of its own, and a language model that is made of it.

You learn how to evolve the node that the layers of a small language model are made of, how it fares
beside LSTM and GRU under the same training, and how the winner writes and scores a text. It needs
the extra `lm`: PyTorch and NLTK.

    python examples/text_to_node.py                         # a few minutes
    python examples/text_to_node.py --text mine.txt         # prose of your own
    python examples/text_to_node.py --budget 1h --workers 8

The files are written to runs/text_to_node.
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from pydoc_data.topics import topics  # Python's own manual, which every Python brings along
from typing import Any

from cellcolony import Language, Result, evolve, generate, open_run, preset, score
from cellcolony.drawing import draw_cell


def manual(n_characters: int) -> str:
    """Return the beginning of Python's manual, one topic after the other."""
    return "\n".join(topics[name] for name in sorted(topics))[:n_characters]


def evolve_node(text: Path, budget: str, out: Path, **where: Any) -> Result:
    """Evolve a node on a text; the last 15 % of it are the test, those before them choose."""
    task = Language.from_files(text, tokens="words", vocabulary=1_000)
    print(f"{task!r}\n")
    demo = preset("demo", "language")  # a model of one small layer, trained for less than an epoch
    return evolve(
        task, demo.method, budget, training=demo.training,
        final_training=demo.final_training(demo.training),  # longer: of the winner and its rivals
        rivals=("lstm", "gru"), n_seeds=1, out=out, **where,
    )  # fmt: skip


def compare(result: Result) -> None:
    """Print what the node computes, and how it fares; draw it beside the table."""
    print(f"The best of {result.n_done} candidates computes\n\n  {result.best.text}\n")
    print("Perplexity on the test text, after the final training:")
    for model in result.models:
        print(f"  {model.model:14} {model.value('test'):8.1f}   {model.n_weights:,} weights")
    assert result.path is not None
    drawing = result.path.with_name("node.svg")
    drawing.write_text(draw_cell(result.best, "The evolved node"), encoding="utf-8")
    print(f"\nA drawing: {drawing}")


def use(run: Path, text: Path) -> None:
    """Let the model write and score texts, from its directory alone, as another program would."""
    result = open_run(run)
    print("\nWhat the evolved node writes:")
    print(" ", generate(result, "The", model="evolved node", n_tokens=40, temperature=0.7))
    found = score(result, text, model="evolved node")
    print(f"\nThe whole text has a perplexity of {found.perplexity:.1f} for it.")


def main() -> None:
    """Go from a text to a node."""
    options = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    options.add_argument("--text", type=Path, help="prose of your own; without, Python's manual")
    options.add_argument("--characters", type=int, default=150_000, help="of the manual")
    options.add_argument("--budget", default="60s", help="of the evolution, such as 1h")
    options.add_argument("--workers", type=int, default=2, help="how many candidates at once")
    options.add_argument("--executor", default="processes", help="or threads")
    options.add_argument("--out", type=Path, default=Path("runs/text_to_node"))
    given = options.parse_args()

    if given.out.exists():
        options.error(f"{given.out} exists already: choose another --out")
    given.out.mkdir(parents=True)
    text = given.text
    if text is None:
        text = given.out / "manual.txt"
        text.write_text(manual(given.characters), encoding="utf-8")
    where = {"workers": given.workers, "executor": given.executor}
    compare(evolve_node(text, given.budget, given.out / "run", **where))
    use(given.out / "run", text)


if __name__ == "__main__":
    main()
