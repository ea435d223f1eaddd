"""An ensemble of several runs: blocks of a report."""

from __future__ import annotations

from collections.abc import Iterator

from cellcolony.report.blocks import Block, Column, Facts, TableBlock
from cellcolony.runs.joined import Joined
from cellcolony.wording import count


def joined_report(joined: Joined) -> Iterator[Block]:
    """Yield the blocks: its models, then their mean on both texts."""
    facts = joined.saved.facts
    columns = [
        Column("run", "text"), Column("final training", "text"), Column("times"),
        Column("alone, valid"),
    ]  # fmt: skip
    rows = [
        [one.run, one.name, f"{one.times}", f"{alone:.2f}"]
        for one, alone in zip(facts.members, joined.alone, strict=True)
    ]
    yield TableBlock(columns, rows)
    yield Facts([
        ("ensemble", f"{count(joined.saved.n, 'addition')}, of {count(joined.n_models, 'model')}"),
        ("perplexity", f"{facts.valid_perplexity:.2f} on validation, which chose"),
        ("test", f"{facts.test_perplexity:.2f}"),
    ])  # fmt: skip
