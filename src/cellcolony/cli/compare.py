"""`cellcolony compare`: runs side by side."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def compare(runs: list[Path], /, *, plot: Path = Path("comparison.png")) -> None:
    """Compare runs of any kind on the same data: settings, errors, sizes, and a test over seeds.

    Runs whose settings differ in nothing but the seed form a group. Two groups are compared seed by
    seed, by a paired Wilcoxon test.

    Args:
        runs: Run directories, or folders that hold some, such as runs/* or what --seeds wrote.
        plot: Where to write the plot, over what it held: .png, .svg or .pdf. It shows accuracy
            against size, the best loss so far against the candidates, and the learning curves of
            final trainings.
    """
    from cellcolony.report.compared import comparison_report
    from cellcolony.report.plots.comparison import plot_comparison
    from cellcolony.report.plots.style import check_plot_path
    from cellcolony.runs.comparison import grouped, open_runs

    check_plot_path(plot)
    groups = grouped(open_runs(runs))
    print_parts(comparison_report(groups))
    plot_comparison(groups, plot)
    print(f"Plot: {plot}")
