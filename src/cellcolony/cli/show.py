"""`cellcolony show`: what a run found."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def show(run: Path, /) -> None:
    """Show what a run found: how it compares with its rivals, the front, the equations.

    Args:
        run: The run directory, of a run that has ended or not.
    """
    from cellcolony.runs import kinds

    shows = {
        kinds.FORECAST: _forecast,
        kinds.LANGUAGE_MODEL: _language_model,
        kinds.NODE_SEARCH: _node_search,
    }
    shows[kinds.kind_of(run)](run)


def _forecast(run: Path) -> None:
    from cellcolony.report.sections import contents
    from cellcolony.report.terminal import report
    from cellcolony.runs.stored import open_run

    print_parts(report(contents(open_run(run), "show")))


def _language_model(run: Path) -> None:
    from cellcolony.report.language.final import equations, language_report, text_table
    from cellcolony.runs.language.stored import open_language_run

    result = open_language_run(run)
    print_parts(text_table(result), language_report(result), equations(result))


def _node_search(run: Path) -> None:
    from cellcolony.report.language.texts import texts_table
    from cellcolony.report.nodes.final import node_report
    from cellcolony.report.nodes.node import equations_of_node, lineage_table
    from cellcolony.report.nodes.species import species_report
    from cellcolony.runs.nodes.stored import open_node_run

    result = open_node_run(run)
    print_parts(
        texts_table(result.config.data, result.config.n_words),
        equations_of_node(result),
        lineage_table(result),
        species_report(result),
        node_report(result),
    )
