import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cellcolony

HEAVY = ("torch", "numba", "pandas", "sklearn", "scipy", "numpy", "rich", "cyclopts")


def imported_by(code):
    """Return which heavy packages a fresh interpreter has imported after some code."""
    show = f"import sys; {code}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_there_are_at_most_27_public_names():
    assert len(cellcolony.__all__) <= 27


@pytest.mark.parametrize("name", cellcolony.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(cellcolony, name)
    assert name == "__version__" or value.__doc__
    assert name in dir(cellcolony)


def test_importing_the_package_imports_nothing_heavy():
    assert imported_by("import cellcolony; cellcolony.ConfigError") == set()


def test_a_study_of_a_series_runs_and_is_looked_at_where_torch_is_missing(tmp_path):
    code = """
import sys
sys.modules["torch"] = None  # importing it is now an error
from cellcolony import AntSwarm, Forecast, Study
from cellcolony.cli import main

swarm = AntSwarm(n_ants=4, n_layers=1, cells=("simple",))
Study.of(Forecast.demo(0), swarm).run("3 networks", out="run")
MORE = "resume run --budget 4networks"
for command in ("show run", "report run", "draw run", "replay run", MORE):
    assert main(command.split()) == 0, command
for kind in ("cells", "judges", "methods", "tasks"):
    assert main(["list", kind]) == 0, kind
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_help_of_the_command_line_imports_no_compiler_and_no_tables():
    found = imported_by("from cellcolony.cli import main; assert main(['--version']) == 0")
    assert not found & {"torch", "numba", "pandas", "sklearn", "scipy"}


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'evolv'"):
        cellcolony.evolv  # noqa: B018


def test_type_checkers_see_the_names_that_users_see():
    tree = ast.parse(Path(cellcolony.__file__).read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    listed = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert listed == cellcolony._HOMES
    assert {*listed, "__version__"} == set(cellcolony.__all__)
