import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from cellcolony.report.files import write_files
from cellcolony.report.html import report_page, write_report
from cellcolony.report.html.forecasts import N_STEPS, last_span, worst_span
from cellcolony.report.html.progress import Judged, history, progress_chart
from cellcolony.report.html.scale import Scale, label, padded
from cellcolony.runs.evolve import evolve
from cellcolony.runs.predictions import ScoredSeries
from cellcolony.runs.stored import open_run
from cellcolony.tasks.forecast import Forecast
from tests.report.test_final import result_of
from tests.runs.settings import ANTS, TRAINING

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
BROWSER_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--enable-logging=stderr",
)  # fmt: skip
VOID = {"meta", "br", "img", "link", "input", "hr"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    time = np.arange(300)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"wave": np.sin(time / 7), "<b>other</b>": rng.normal(size=300)})
    task = Forecast.from_frames(frame, ["wave", "<b>other</b>"])
    path = tmp_path_factory.mktemp("html") / "run"
    evolve(task, ANTS, "4 networks", protocol=TRAINING, out=path)
    return path


@pytest.fixture(scope="module")
def page(run):
    return report_page(open_run(run))


class Nesting(HTMLParser):
    """Finds elements that are not closed where they should be."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.faults = [], set(), set(), []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        self.links.add(given.get("href"))
        self.faults += [f"{tag} {name}" for name in given if name in ("src", "onload", "onclick")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


def test_every_element_is_closed_and_every_link_leads_somewhere(page):
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.faults == []
    assert nesting.open == []
    links = nesting.links - {None}
    assert links
    assert all(link.startswith("#") and link[1:] in nesting.ids for link in links)


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(page):
    assert "<script" not in page
    assert "@import" not in page
    assert "url(" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_the_page_has_everything_that_a_reader_asks_for(page):
    for heading in ("Rivals", "Forecast and truth", "Accuracy against size", "Progress",
                    "The best network", "Equations", "Data", "Settings"):  # fmt: skip
        assert f"<h2>{heading}</h2>" in page
    for part in ("persistence", "ridge-12", "seed", "budget", "4 networks", "yₜ = xₜ + b",
                 "The last 45 steps of", "the best so far", "300 rows"):  # fmt: skip
        assert part in page
    assert "<b>other</b>" not in page
    assert "&lt;b&gt;other&lt;/b&gt;" in page


def test_each_target_has_a_verdict_and_a_marked_winner(page):
    assert len(re.findall('<p class="verdict', page)) == 2
    rivals = page[page.index('<section id="rivals">') : page.index('<section id="forecasts">')]
    assert rivals.count("class=marked") == 2


def test_the_report_is_the_same_from_memory_and_from_the_directory(run, tmp_path):
    result = open_run(run)
    write_report(result, tmp_path / "one.html")
    assert (tmp_path / "one.html").read_text("utf-8") == report_page(open_run(run))


def test_a_run_without_a_directory_writes_nothing_but_can_be_shown():
    result = replace(result_of(0.3, 0.4), path=None)
    assert write_files(result) is None
    assert "<h2>Progress</h2>" not in report_page(result)


def test_a_rival_that_wins_is_marked_and_the_verdict_says_so():
    page = report_page(replace(result_of(0.4, 0.3), path=None))
    assert re.search(r"<tr class=marked><td>ridge-1</td>", page)
    assert 'class="verdict lost">A plain rival wins' in page
    page = report_page(replace(result_of(0.3, 0.4), path=None))
    assert re.search(r"<tr class=marked><td><b>network 9, evolved</b></td>", page)
    assert 'class="verdict">The evolved network wins' in page


def test_errors_that_are_not_finite_break_no_chart():
    for wrong in (float("inf"), float("nan"), 0.0):
        report_page(replace(result_of(wrong, 0.3), path=None))


def series(errors, file="a.csv", begin=12):
    truth = np.zeros((len(errors), 1))
    rows = np.arange(begin, begin + len(errors))
    return ScoredSeries(file, rows, truth, np.array(errors, float)[:, None])


def test_the_worst_steps_are_found_in_any_file():
    quiet, loud = np.full(2000, 0.1), np.full(1500, 0.1)
    loud[700:1200] = 3
    span = worst_span((series(quiet), series(loud, "b.csv"), series(quiet)), 0)
    assert span.file == "b.csv"
    assert span.rows.tolist() == list(range(712, 1212))


def test_the_last_steps_are_those_of_the_last_file():
    span = last_span((series(np.ones(900)), series(np.zeros(700), "b.csv")), 0)
    assert (span.file, len(span.rows), span.rows[-1]) == ("b.csv", N_STEPS, 711)


def test_a_short_split_is_shown_whole():
    short = (series(np.ones(30)),)
    assert len(last_span(short, 0).rows) == len(worst_span(short, 0).rows) == 30


def test_the_history_has_every_network_in_order(run):
    judged = history(run)
    assert sorted(one.number for one in judged) == [0, 1, 2, 3]
    assert min(one.loss for one in judged if one.loss is not None) == pytest.approx(
        open_run(run).chosen.loss
    )


def test_failures_are_counted_and_outliers_are_drawn_at_the_edge():
    judged = [Judged(i, 0.1 + 0.001 * (i % 7)) for i in range(200)]
    judged += [Judged(200, None), Judged(201, 1e9)]
    drawn = progress_chart(judged)
    assert "1 network failed." in drawn
    assert "1 network above the chart" in drawn
    assert "No network" in progress_chart([Judged(0, None)])


def test_very_many_networks_make_no_giant_page():
    rng = np.random.default_rng(0)
    judged = [Judged(i, float(loss)) for i, loss in enumerate(rng.uniform(0.1, 0.2, 50_000))]
    assert len(progress_chart(judged)) < 1_000_000


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0.1, 0.2), (1, 1), (1e-9, 1e9), (3, 1e4), (0.5, 0.51)])
def test_labels_lie_within_the_axis_and_are_round(low, high, log):
    scale = Scale(*padded([low, high], log), 0, 100, log)
    ticks = scale.ticks(6)
    assert 1 <= len(ticks) <= 12
    assert all(-1e-6 <= scale(tick) <= 100 + 1e-6 for tick in ticks)
    assert all(len(label(tick)) <= 9 for tick in ticks)


def console_of(path, folder):
    """Return what a browser writes to its console when it opens a file."""
    command = [BROWSER, *BROWSER_OPTIONS, f"--user-data-dir={folder}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_a_browser_opens_the_report_without_a_complaint(run, tmp_path):
    write_files(open_run(run))
    page, console = console_of(run / "report.html", tmp_path / "one")
    assert console == []
    assert "Forecast and truth" in page
    loud = tmp_path / "loud.html"
    loud.write_text("<script>console.error('heard')</script>")
    assert "heard" in console_of(loud, tmp_path / "two")[1][0]
