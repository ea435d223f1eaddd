"""Table 1 of From Nodes to Networks: test perplexities of large models, single ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.n2n import EVOLVED, MIXED, MIXTURE, TIED, UNTIED, Studies
from cellcolony.runs.result import Result
from cellcolony.runs.scores import RIVAL, SEARCH, Contender

NAMES = ("model", "matrices")
COLUMNS = ("weights", "valid", "test", "least", "largest", "published", "published weights")
PUBLISHED = {
    ("lstm", UNTIED): (73.4, 66e6),
    ("nascell", UNTIED): (68.1, 32e6),
    (EVOLVED, UNTIED): (66.5, 32e6),
    ("nascell", TIED): (64.0, 25e6),
    ("rhn-10", TIED): (66.0, 24e6),
    (EVOLVED, TIED): (63.0, 25e6),
    (MIXED, MIXTURE): (62.2, 25e6),
}
"""Rawal & Miikkulainen 2018, Table 1: perplexity, and weights. The LSTM is Gal's, with 66 million;
the recurrent highway network has depth 10; the size of 20 million is left out."""


def _tables(studies: Studies) -> Iterator[Table]:
    rows, cells = [], []
    for name, matrices in ((UNTIED, "two"), (TIED, "one"), (MIXTURE, "one")):
        for model in _models(studies.result(name), studies.scale.rivals):
            reach = model.reach or (None, None)
            published = PUBLISHED.get((model.model, name), (None, None))
            row = (
                model.model, matrices, model.n_weights, model.value("valid"), model.value("test"),
                *reach, *published,
            )  # fmt: skip
            rows.append(row)
    rows.sort(key=lambda row: (row[1] == "one", row[4] is None, row[4]))
    for row in rows:
        weights = None if row[8] is None else f"{row[8] / 1e6:.0f}M"
        cells.append((*row[:7], row[7], weights))
    says = (
        "Table 1: perplexity of single models, each by the dropout that a grid has found for it on "
        "validation, at equal weights; least and largest test perplexity over the seeds; two "
        "matrices, or one for embedding and softmax; beside it what the paper prints"
    )
    yield Table("n2n_table_1.csv", (*NAMES, *COLUMNS), rows, printed(says, NAMES, COLUMNS, cells))


def _models(result: Result, rivals: Collection[str]) -> list[Contender]:
    """Return the models of a study, without what only counts words."""
    found = [one for one in result.models if one.role != RIVAL or one.model in rivals]
    return [one for one in found if one.stage != SEARCH and not one.is_ensemble]


REPRINTS.register("n2n_table_1")(
    Reprint(
        paper="n2n",
        title="Table 1: perplexities of large models",
        option="--table 1",
        needs=lambda name: name in (UNTIED, TIED, MIXTURE),
        tables=_tables,
    )
)
