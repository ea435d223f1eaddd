import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import RunError
from cellcolony.report.blocks import (
    Cards,
    Code,
    Column,
    Content,
    Facts,
    Folded,
    Heading,
    Paragraph,
    Picture,
    TableBlock,
    bars,
)
from cellcolony.report.charts.scale import Scale, label, padded
from cellcolony.report.files import write_files, write_report
from cellcolony.report.page import page as report_page
from cellcolony.report.page import render
from cellcolony.report.sections import SECTIONS, contents, learned, section
from cellcolony.report.sections.forecasts import N_STEPS, last_span, span_chart, worst_span
from cellcolony.report.sections.progress import entropies_of, progress_chart
from cellcolony.runs.history import History, Judged
from cellcolony.runs.open import open_run
from cellcolony.runs.predictions import ScoredSeries
from cellcolony.search.ants import keepsake
from cellcolony.tasks.forecast import Forecast
from tests.report.results import forecast_result
from tests.runs.fakes import faked
from tests.runs.settings import all_of_a_forecast, forecast, model, nodes, text_in

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
    forecast(task, all_of_a_forecast()).run("4 networks", out=path)
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
    for part in ("persistence", "ridge (", "GRU, 12 nodes", "random search", "seed", "budget",
                 "4 networks", "yₜ = xₜ + b", "All 45 steps of", "the best so far",
                 "300 rows"):  # fmt: skip
        assert part in page
    assert "<b>other</b>" not in page
    assert "&lt;b&gt;other&lt;/b&gt;" in page


def test_each_target_has_a_verdict_on_network_and_ensemble_and_a_marked_winner(page):
    assert len(re.findall('<p class="(?:verdict|lost)"', page)) == 4
    rivals = page[page.index('<section id="rivals">') : page.index('<section id="forecasts">')]
    assert rivals.count('class="marked"') == 2


def test_the_report_is_the_same_from_memory_and_from_the_directory(run, tmp_path):
    result = open_run(run)
    write_report(result, tmp_path / "one.html")
    assert (tmp_path / "one.html").read_text("utf-8") == report_page(open_run(run))


def test_a_run_without_a_directory_writes_nothing_but_can_be_shown():
    result = replace(forecast_result(0.3, 0.4), path=None)
    assert write_files(result) is None
    assert "<h2>Progress</h2>" not in report_page(result)


def test_a_rival_that_wins_is_marked_and_the_verdict_says_so():
    page = report_page(replace(forecast_result(0.4, 0.3), path=None))
    assert re.search(r'<tr class="marked">\s*<td class="name">ridge-1</td>', page)
    assert 'class="lost">A plain rival wins' in page
    page = report_page(replace(forecast_result(0.3, 0.4), path=None))
    assert re.search(r'<tr class="marked">\s*<td class="name">network 9, evolved</td>', page)
    assert 'class="verdict">The evolved network wins' in page


def test_errors_that_are_not_finite_break_no_chart():
    for wrong in (float("inf"), float("nan"), 0.0):
        report_page(replace(forecast_result(wrong, 0.3), path=None))


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


def test_the_chart_has_a_dot_for_each_network_that_did_not_fail(run, page):
    result = open_run(run)
    assert sorted(one.number for one in result.history.by_arrival) == [0, 1, 2, 3]
    chart = page[page.index('<section id="progress">') :].partition("</svg>")[0]
    assert chart.count('class="dot"') == 4 - result.n_failed
    assert f"network {result.chosen.number}: {result.chosen.loss:#.4g}" in chart


def judged(number, loss, entropy=None):
    how = {} if entropy is None else {"entropy": entropy}
    failure = "it diverged" if loss is None else None
    return Judged(number, (), how, 0, loss, failure)


def test_failures_are_counted_and_outliers_are_drawn_at_the_edge():
    some = [judged(i, 0.1 + 0.001 * (i % 7)) for i in range(200)]
    drawn = drawn_of([*some, judged(200, None), judged(201, 1e9)])
    assert "1 network failed." in drawn
    assert "1 network above the chart" in drawn
    assert "No network" in drawn_of([judged(0, None)])


def drawn_of(some):
    chart = progress_chart(forecast_result(0.3, 0.4), some)
    return render("", [Content("progress", "Progress", [chart])])


def entropy_lines(page):
    return re.findall(r'<polyline class="entropy" points="([^"]*)"', page)


def test_the_report_shows_the_entropy_over_the_networks_done(run, page):
    some = open_run(run).history.by_arrival
    assert all(0 <= one.how["entropy"] <= 1 for one in some)
    wide, narrow = entropy_lines(page)
    assert len(wide.split()) == len(narrow.split()) == len(some) == 4
    assert "entropy of the search&#39;s choices" in page


def test_the_entropy_is_drawn_at_the_networks_place_and_falls_as_it_does():
    some = [judged(i, 0.5, 1.0 - i / 10) for i in range(5)]
    (wide, _) = entropy_lines(drawn_of(some))
    points = [tuple(map(float, point.split(","))) for point in wide.split()]
    dots = re.findall(r'<circle class="dot" cx="([0-9.]+)"', drawn_of(some))[:5]
    assert [x for x, _ in points] == [float(x) for x in dots]
    heights = [y for _, y in points]
    assert heights == sorted(set(heights))  # down the screen


def test_a_run_of_which_nobody_wrote_the_entropy_is_shown_without(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    path = tmp_path / "run" / "journal.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.get("how", {}).pop("entropy", None)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = report_page(open_run(tmp_path / "run"))
    assert "<h2>Progress</h2>" in page
    assert entropy_lines(page) == []
    assert "entropy of" not in page


def test_each_place_has_the_entropy_of_the_newest_network_done(tmp_path):
    lines = [
        {"event": "asked", "number": 0, "how": {"entropy": 1.0}},
        {"event": "asked", "number": 1, "how": {"entropy": 0.9}},
        {"event": "done", "number": 1, "loss": 0.5},
        {"event": "asked", "number": 2, "how": {"entropy": 0.8}},
        {"event": "done", "number": 0, "failure": "it diverged"},
        {"event": "asked", "number": 3, "how": {"trained_again": 1}},
        {"event": "done", "number": 3, "loss": 0.4},
        {"event": "done", "number": 2, "loss": 0.6},
        {"event": "asked", "number": 4, "how": {"entropy": "even"}},
        {"event": "done", "number": 4, "loss": 0.7},
    ]
    more = {"asked": {"parents": [], "network": {}}, "done": {"seconds": 0.1}}
    text = "".join(
        json.dumps({"at": 0.0, **line, **more[str(line["event"])]}) + "\n" for line in lines
    )
    (tmp_path / "journal.jsonl").write_text(text)
    arrived = History.of(tmp_path / "journal.jsonl").by_arrival
    assert [one.number for one in arrived] == [1, 0, 3, 2, 4]
    assert entropies_of(arrived) == [(1, 0.9), (2, 0.9), (3, 0.9), (4, 0.8), (5, 0.8)]


def test_the_report_has_the_colony_and_one_without_leaves_it_out(run, page, tmp_path):
    assert "<h2>The colony</h2>" in page
    assert "start edge: pheromone" in page
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "colony.safetensors").unlink()
    assert "The colony" not in report_page(open_run(tmp_path / "run"))


def test_a_damaged_colony_is_an_error_of_the_report(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "colony.safetensors").write_bytes(b"{}")
    with pytest.raises(RunError, match="the colony cannot be read"):
        report_page(open_run(tmp_path / "run"))


def test_a_colony_whose_drawing_is_long_is_shown_with_fewer_edges_or_not_at_all(run, monkeypatch):
    result = open_run(run)
    asked = []

    def drawing(colony, settings, title, most):
        asked.append(most)
        return "<svg>" + "x" * (1000 * most[0]) + "</svg>"

    monkeypatch.setattr(keepsake, "draw_colony", drawing)
    monkeypatch.setattr(learned, "LONGEST_DRAWING", 150_000)
    assert "<svg>" + "x" * 100_000 + "</svg>" in report_page(result)
    assert asked == [(220, 80), (100, 40)]
    monkeypatch.setattr(learned, "LONGEST_DRAWING", 10)
    assert "too large for this page" in report_page(result)


BAD = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"' & {{ 7 * 7 }} \x1b[2J"


def test_every_text_of_every_block_is_escaped():
    blocks = [
        Paragraph(BAD), Heading(BAD), Facts([(BAD, BAD)]), Code([BAD, BAD]), Cards([(BAD, BAD)]),
        TableBlock((Column(BAD, "text"), Column(BAD, "name"), Column(BAD, "bar"), BAD),
                   [[BAD, 9 * BAD, BAD, BAD]], 0, BAD, BAD),
        Picture("<svg></svg>", "<svg></svg>", [(BAD, BAD)], BAD), Folded(BAD, [Paragraph(BAD)]),
    ]  # fmt: skip
    page = render(BAD, [Content(BAD, "", blocks), Content(BAD, BAD, blocks)], BAD)
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.faults == nesting.open == []
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert page.count("{{ 7 * 7 }}") > 20
    assert page.count("<svg></svg>") == 4


def test_a_new_section_is_one_function_in_its_place():
    try:

        @section("greeting", "A greeting", order=15, on=("page",))
        def greeting(result):
            return [Paragraph(f"{result.n_done} networks greet you")]

        result = replace(forecast_result(0.3, 0.4), path=None)
        page = report_page(result)
        assert "12 networks greet you" in page
        assert page.index("<h2>Rivals") < page.index("<h2>A greeting") < page.index("<h2>Accuracy")
        assert "greeting" not in [content.name for content in contents(result, "show")]
    finally:
        SECTIONS._members.pop("greeting")


def test_a_bar_is_a_share_of_the_largest_number_that_is_one():
    assert bars([0.5, 1.0, float("inf"), float("nan")]) == ["50", "100", "100", "100"]
    assert bars([0.0, float("nan")]) == ["0", "100"]
    assert bars([]) == []


def test_very_many_networks_make_no_giant_page():
    rng = np.random.default_rng(0)
    losses = rng.uniform(0.1, 0.2, 50_000).tolist()
    some = [judged(i, loss, 0.9) for i, loss in enumerate(losses)]
    assert len(drawn_of(some)) < 1_000_000


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


@pytest.fixture(scope="module")
def of_text(tmp_path_factory):
    """The directories of a search for nodes and of a language model, with faked trainings."""
    folder = tmp_path_factory.mktemp("text")
    with faked():
        nodes(text_in(folder)).run(out=folder / "nodes", executor="threads")
        model(text_in(folder), ("gru", "lstm"), (3, 3)).run(
            out=folder / "model", executor="threads"
        )
    return folder


def test_a_search_for_nodes_has_a_page_with_all_that_it_found(of_text):
    result = open_run(of_text / "nodes")
    page = report_page(result)
    for heading in ("Rivals", "Accuracy against size", "Progress", "The best node",
                    "How it came to be", "Generations and species", "Equations"):  # fmt: skip
        assert f"<h2>{heading}</h2>" in page
    for part in ("Nodes for a language model", "search perplexity on validation", "yₜ",
                 f"node {result.chosen.number}", "elements"):  # fmt: skip
        assert part in page
    assert "MAE" not in page
    assert page.count('<tr class="marked"') == 2


def test_one_language_model_has_a_page_with_its_cells(of_text):
    page = report_page(open_run(of_text / "model"))
    for heading in ("Rivals", "The cells of the model", "Equations", "Data", "Settings"):
        assert f"<h2>{heading}</h2>" in page
    for heading in ("Progress", "Accuracy against size", "The colony", "How it came to be"):
        assert heading not in page
    assert "how often each word comes" in page


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")
def test_a_browser_opens_the_report_without_a_complaint(run, of_text, tmp_path):
    for place, says in (
        (run, "Forecast and truth"),
        (of_text / "nodes", "Generations and species"),
        (of_text / "model", "The cells of the model"),
    ):
        write_files(open_run(place))
        page, console = console_of(place / "report.html", tmp_path / place.name)
        assert console == []
        assert says in page
    loud = tmp_path / "loud.html"
    loud.write_text("<script>console.error('heard')</script>")
    assert "heard" in console_of(loud, tmp_path / "two")[1][0]


@pytest.mark.parametrize(("end", "shown"), [(":00", "2024-03-07 08:20<"), (":30", "08:20:30<")])
def test_the_axis_of_a_chart_tells_times(end, shown):
    times = tuple(f"2024-03-07 {8 + i // 60:02}:{i % 60:02}{end}" for i in range(60))
    one = series(np.ones(60), begin=0)
    span = last_span((replace(one, times=times),), 0)
    assert span.times == times
    drawn = span_chart(span, 1.0)
    assert shown in drawn.svg
    assert ">time<" in drawn.narrow
