"""`cellcolony compare`: runs side by side."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def compare(runs: list[Path], /, *, plot: Path = Path("accuracy-against-size.png")) -> None:
    """Compare runs on the same data: settings, errors, sizes, and a test over their seeds.

    Runs whose settings differ in nothing but the seed form a group. Two groups are compared seed by
    seed, by a paired Wilcoxon test.

    Args:
        runs: Run directories, or folders that hold some, such as runs/* or what --seeds wrote.
        plot: Where to write the plot of accuracy against size, over what it held: .png, .svg or
            .pdf.
    """
    from cellcolony.report.compared import comparison_report
    from cellcolony.report.size_plot import check_plot_path, plot_accuracy_against_size
    from cellcolony.runs.comparison import grouped, open_runs

    check_plot_path(plot)
    groups = grouped(open_runs(runs))
    print_parts(comparison_report(groups))
    plot_accuracy_against_size(groups, plot)
    print(f"Plot: {plot}")
