import json
import os
import shutil
from pathlib import Path

import pytest

from tests.forked import forking
from tests.plugins.installed import install

ROOT = Path(__file__).parents[2]
STRICT = """
import sys
from tests.plugins.study import layered
layered(order="strict").run(sys.argv[2], out=sys.argv[1], workers=int(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return install(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def forks(site):
    """Runs code in a process that knows the package."""
    with forking(ROOT, environment(site)) as forks:
        yield forks


@pytest.fixture(scope="module")
def without():
    """Runs code in a process that does not know the package."""
    with forking(ROOT, environment(None)) as forks:
        yield forks


def environment(site):
    paths = [str(ROOT), *([str(site)] if site else [])]
    if inherited := os.environ.get("PYTHONPATH"):
        paths.append(inherited)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def forked(forks, code, *words, status=0):
    done = forks.run(code, *words)
    assert done.returncode == status, done.stderr
    return done


def cellcolony(forks, *words, status=0):
    code = "import sys; from cellcolony.cli import main; sys.exit(main())"
    return forked(forks, code, *words, status=status)


@pytest.fixture(scope="module")
def runs(forks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    code = "import runpy; runpy.run_module('tests.plugins.study', run_name='__main__')"
    forked(forks, code, "ants", folder / "ants", "6 networks", "processes")
    forked(forks, code, "layered", folder / "layered", "8 networks", "one-by-one")
    return folder


@pytest.fixture(scope="module")
def strict(forks, tmp_path_factory):
    """A study of the foreign method in strict order, by one worker."""
    run = tmp_path_factory.mktemp("strict") / "run"
    forked(forks, STRICT, run, "8 networks", 1)
    return run


def lines(run):
    return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "command",
    [["show"], ["watch", "--once"], ["replay"], ["report"], ["draw"], ["compare"], ["resume"]],
    ids=lambda words: words[0],
)
def test_every_command_works_on_studies_with_members_of_another_package(
    forks, runs, command, tmp_path
):
    name, *options = command
    if name == "compare":
        options += ["--plot", str(tmp_path / "plot.png")]
    code = (
        "import json, sys; from cellcolony.cli import main; "
        "print([main(words) for words in json.loads(sys.argv[1])], file=sys.stderr)"
    )
    lines = [[name, str(runs / which), *options] for which in ("ants", "layered")]
    assert forked(forks, code, json.dumps(lines)).stderr.endswith("[0, 0]\n")


def test_members_of_another_package_work_in_worker_processes(runs):
    done = [line for line in lines(runs / "ants") if line["event"] == "done"]
    assert len(done) == 6
    assert all("failure" not in line for line in done)
    asked = [line for line in lines(runs / "ants") if line["event"] == "asked"]
    assert any(node["cell"] == "leaky" for line in asked for node in nodes_of(line))


def nodes_of(line):
    return [{"cell": value} for node in line["network"]["nodes"] for value in _values(node)]


def _values(node):
    return node.values() if isinstance(node, dict) else node


def test_a_study_says_which_packages_it_needs(runs):
    text = (runs / "ants" / "config.toml").read_text()
    assert '"cell leaky" = "colony-extras 1.2"' in text
    assert '"ant species wanderer" = "colony-extras 1.2"' in text
    assert '"pheromone scheme halfway" = "colony-extras 1.2"' in text
    text = (runs / "layered" / "config.toml").read_text()
    assert '"method of search layered" = "colony-extras 1.2"' in text
    assert '"judge two-rungs" = "colony-extras 1.2"' in text
    assert '"task counts" = "colony-extras 1.2"' in text


@pytest.mark.parametrize("which", ["ants", "layered"])
def test_without_the_package_the_error_says_what_to_install(without, runs, which):
    found = cellcolony(without, "show", runs / which, status=2)
    assert "pip install colony-extras" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_better_half_is_promoted_and_goes_on_from_its_memory(runs):
    asked = {line["number"]: line for line in lines(runs / "layered") if line["event"] == "asked"}
    done = {line["number"]: line for line in lines(runs / "layered") if line["event"] == "done"}
    promotions = [line for line in asked.values() if "promoted" in line["how"]]
    assert promotions
    for line in promotions:
        first = done[line["how"]["promoted"]]
        assert line["effort"] == 3
        assert "memory" in first
        assert len(done[line["number"]]["curve"]) > len(first["curve"])


def test_promotions_in_strict_order_are_the_same_for_any_number_of_workers(forks, strict, tmp_path):
    forked(forks, STRICT, tmp_path / "three", "8 networks", 3)
    assert sorted_lines(strict) == sorted_lines(tmp_path / "three")


def sorted_lines(run):
    found = [
        {key: value for key, value in line.items() if key not in ("at", "seconds")}
        for line in lines(run)
    ]
    return sorted(found, key=lambda line: (line["event"], line.get("number", -1)))


def test_a_killed_study_with_promotions_goes_on_as_if_undisturbed(forks, strict, tmp_path):
    forked(forks, STRICT, tmp_path / "parts", "5 networks", 2)
    cellcolony(forks, "resume", tmp_path / "parts", "--budget", "8networks", "--workers", "1")
    assert sorted_lines(strict) == sorted_lines(tmp_path / "parts")


def test_an_exporter_of_another_package_writes_a_network(forks, runs, tmp_path):
    cellcolony(forks, "export", runs / "ants", "--to", "sizes", "--out", tmp_path / "size.txt")
    assert (tmp_path / "size.txt").read_text().endswith(" weights\n")


def test_an_observer_of_another_package_observes_a_run(forks, runs, tmp_path):
    shutil.copytree(runs / "ants", tmp_path / "ants")
    told = tmp_path / "tally.txt"
    words = "resume", tmp_path / "ants", "--budget", "8networks", "--observe"
    cellcolony(forks, *words, f"tally={told}")
    assert told.read_text() == f"{tmp_path / 'ants'}: 2 done\n"
    assert "tally=FILE" in cellcolony(forks, *words, "tally", status=2).stderr


def test_members_of_another_package_are_options_of_the_command_line(forks):
    text = cellcolony(
        forks, "search", "--method", "layered", "--judge", "two-rungs", "--help"
    ).stdout
    assert "--widest" in text
    assert "--group" in text
    assert "--n-ants" not in text


def test_a_method_that_does_not_fit_the_task_is_refused_and_what_fits_is_named(without, tmp_path):
    (tmp_path / "text.txt").write_text("a b c d\n" * 200)
    found = cellcolony(
        without, "evolve-node", "--method", "ants", "--train", tmp_path / "text.txt",
        "--out", tmp_path / "run", status=2,
    )  # fmt: skip
    assert "The method 'ants' searches for a network, and the task 'language' trains a tree" in (
        found.stderr
    )
    assert not (tmp_path / "run").exists()
