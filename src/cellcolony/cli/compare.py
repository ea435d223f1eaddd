"""`cellcolony compare`: runs side by side."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def compare(runs: list[Path], /, *, plot: Path = Path("comparison.png")) -> None:
    """Compare runs of any kind: settings, errors, sizes, and a test over seeds.

    Runs whose settings differ in nothing but the seed form a group. Two groups are compared seed by
    seed, by a paired Wilcoxon test. Runs on several data sets are compared on each, and groups are
    ranked over all.

    Args:
        runs: Run directories, or folders that hold some, such as runs/* or what --seeds wrote.
        plot: Where to write the plot, over what it held: .png, .svg or .pdf. It shows accuracy
            against size, the best loss so far against the candidates, and the learning curves of
            final trainings. Of several data sets each has its own: comparison-1.png and so on.
    """
    from cellcolony.report.compared import comparison_report, data_sets_report
    from cellcolony.report.plots.comparison import plot_comparison
    from cellcolony.report.plots.style import check_plot_path
    from cellcolony.runs.comparison import open_runs
    from cellcolony.runs.data_sets import by_data

    check_plot_path(plot)
    data_sets = by_data(open_runs(runs))
    several = len(data_sets) > 1
    if several:
        print_parts(data_sets_report(data_sets))
    for i, one in enumerate(data_sets, 1):
        if not several:
            print_parts(comparison_report(one.groups))
        path = plot.with_stem(f"{plot.stem}-{i}") if several else plot
        plot_comparison(one.groups, path)
        print(f"Plot: {path}")
