"""The C file gives what this program predicts, in few bytes, and is clean under sanitizers."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from cellcolony import cells
from cellcolony.cells.lower.c import as_c_function, c_functions, number
from cellcolony.cells.lower.c_int16 import as_int16_function
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.program import Cell, apply, h, param, state, x
from cellcolony.cli import main
from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.export import export, in_precision
from cellcolony.export.c import int16
from cellcolony.export.c.compiled import compiler, flash_bytes, program
from cellcolony.export.c.costs import likely_rows, predicted
from cellcolony.export.c.source import c_source, float32
from cellcolony.export.contents import contents
from cellcolony.export.exportable import ForecastNetwork, exportable_of
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.runs.open import open_run
from tests.export.cases import HOSTILE, Case, case, load, random_case
from tests.export.fixed_point import run as in_whole_numbers
from tests.export.sanitized import COMPILERS, sanitized

NODE = "node:mul(z0, tanh(add(c, z1)>c))"
needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler")


def rows_of(it: Case, n_rows: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows that float32 can hold, and the columns that C reads of them."""
    rows = it.rows(n_rows).astype(np.float32).astype(np.float64)
    return rows, rows[list(contents(*it).columns)].to_numpy(copy=True)


def largest_difference(found: np.ndarray, expected: np.ndarray | pd.DataFrame) -> float:
    """Return the largest difference, as a share of the largest forecast."""
    wanted = np.asarray(expected)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def of_all_cells() -> Case:
    """Return a network of all cells, an evolved one among them, whose edges skip rows."""
    layers = [*cells.names(), NODE]
    network = fixed_network(layers, 3, 2, width=2, output_cell="linear", time_skips=(2,))
    return case(draw_weights(network, np.random.default_rng(0)), residual=False)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("it", [random_case(13), of_all_cells()], ids=["random", "all cells"])
def test_it_gives_what_this_program_predicts_and_is_clean_under_sanitizers(it, compiler, tmp_path):
    source, header = it.write("c", tmp_path / "dryer.c")
    assert header == tmp_path / "dryer.h"
    rows, given = rows_of(it)
    n_targets = len(it.transform.targets)
    found, n_bytes = sanitized(source, given, n_targets, compiler)
    assert largest_difference(found, it.expected(rows)) < 1e-6
    parts = contents(*it)
    assert n_bytes == c_source(parts, float32(parts), "dryer").n_state_bytes
    option = "-DDRYER_LIBRARY_TANH"
    if it.network.n_weights > 300:  # all cells
        found, _ = sanitized(source, given, n_targets, compiler, option)
        assert largest_difference(found, it.expected(rows)) < 1e-6


@needs_compiler
def test_random_networks_give_it_too_with_and_without_rings_and_residual_output(tmp_path):
    for seed in (2, 8, 10, 20):
        it = random_case(seed)
        (source, _), (rows, given) = it.write("c", tmp_path), rows_of(it)
        with program(source, len(it.transform.targets), COMPILERS[0]) as built:
            assert largest_difference(built.run(given), it.expected(rows)) < 1e-6


@needs_compiler
def test_a_cell_that_needs_the_library_of_C_gets_it(monkeypatch, tmp_path):
    inner = apply("exp", x() * 0.1) + apply("where", apply("sqrt", h(0) * h(0)), x())
    odd = Cell(y=apply("tanh", inner / (2.0 + param("double"))), name="odd")
    monkeypatch.setitem(cells.CELLS._members, "odd", lambda: odd)
    network = fixed_network(["odd"], 2, 1, output_cell="linear")
    it = case(draw_weights(network, np.random.default_rng(0)), True)
    source, _ = it.write("c", tmp_path / "model.c")
    assert "#include <math.h>" in source.read_text()
    _, given = rows_of(it, 50)
    found, _ = sanitized(source, given, 1, COMPILERS[0])
    in_python = load(it.write("numpy", tmp_path)[0])  # which compiles no kernel of the cell
    assert largest_difference(found, in_python.predict(given)) < 1e-6


@needs_compiler
def test_large_offsets_lose_no_digits(tmp_path):
    network = fixed_network(["gru"], 1, 1, output_cell="linear")
    it = case(draw_weights(network, np.random.default_rng(0)), False)
    it.transform.input_scaling.offset[:] = 123456.789
    (source, _), (rows, given) = it.write("c", tmp_path), rows_of(it)
    given = (given + 123456.789).astype(np.float32).astype(np.float64)
    rows["column 0"] = given[:, 0]
    with program(source, 1, COMPILERS[0]) as built:
        assert largest_difference(built.run(given), it.expected(rows)) < 1e-6


@needs_compiler
def test_a_network_of_two_hundred_weights_fits_into_4_KB_of_flash_and_1_KB_of_memory(tmp_path):
    layers = ["gru", "lstm_peephole", "simple"]
    network = fixed_network(layers, 8, 1, width=4, output_cell="linear", time_skips=(1, 5))
    it = case(draw_weights(network, np.random.default_rng(0)), True)
    parts = contents(*it)
    assert parts.n_weights >= 200
    (source, _) = it.write("c", tmp_path)
    flash = flash_bytes(source, COMPILERS[0])
    assert flash is None or flash <= 4096
    assert c_source(parts, float32(parts), "model").n_state_bytes <= 1024


@pytest.mark.parametrize("compiler", COMPILERS)
def test_in_int16_it_computes_what_whole_numbers_give_to_the_bit(compiler, tmp_path):
    layers = ["gru", "lstm", "nascell", NODE]
    network = fixed_network(layers, 3, 2, width=1, output_cell="linear", time_skips=(2,))
    it = case(draw_weights(network, np.random.default_rng(0)), residual=False)
    parts, bits = contents(*it), 12
    written = c_source(parts, int16.int16(parts, bits), "dryer")
    for suffix, content in written.files.items():
        (tmp_path / f"dryer{suffix}").write_text(content)
    _, given = rows_of(it, 60)
    given[30] *= 1e5  # which saturates
    given[31] *= -1e5
    found, n_bytes = sanitized(tmp_path / "dryer.c", given, 2, compiler)
    assert n_bytes == written.n_state_bytes
    scaling = it.transform.target_scaling
    expected = scaling.unscaled(in_whole_numbers(parts, bits, given) / 2**bits)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@needs_compiler
@pytest.mark.parametrize("which", [[], ["--network", "ensemble"]], ids=["best", "ensemble"])
def test_the_command_writes_one_source_and_says_what_it_takes(wave_run, which, tmp_path, capsys):
    assert main(["export", str(wave_run), "--to", "c", "--out", str(tmp_path / "a.c"), *which]) == 0
    source, header, costs, speed = capsys.readouterr().out.splitlines()
    assert (source, header) == (str(tmp_path / "a.c"), str(tmp_path / "a.h"))
    assert re.match(r"Flash [\d,]+ bytes \(code and constants, by \w+ -Os .*\); RAM \d+ ", costs)
    assert float(speed.rpartition("at most ")[2].split()[0]) < 1e-6
    result = open_run(wave_run)
    it = exportable_of(result, number="ensemble" if which else None)
    assert isinstance(it, ForecastNetwork)
    parts = contents(it.network, it.transform, it.residual)
    rows = likely_rows(parts)[:50]
    with program(tmp_path / "a.c", 1, COMPILERS[0]) as built:
        found = built.run(rows)
    frame = pd.DataFrame(rows.astype(float), columns=list(parts.columns))
    expected = result.predict(frame, "ensemble" if which else None)
    assert largest_difference(found, expected) < 1e-6
    np.testing.assert_array_equal(predicted(it, parts, rows), expected)


@needs_compiler
def test_in_int16_the_command_says_what_it_costs_in_accuracy(wave_run, tmp_path, capsys):
    arguments = [
        "export",
        str(wave_run),
        "--to",
        "c",
        "--precision",
        "int16",
        "--out",
        str(tmp_path),
    ]
    assert main(arguments) == 0
    *_, costs, loss = capsys.readouterr().out.splitlines()
    assert "Flash" in costs
    share = float(re.search(r"in float32: ([+-][\d.e+-]+) %", loss)[1])  # pyright: ignore
    assert abs(share) < 5


def test_what_cannot_be_exported_is_told(wave_run, tmp_path, monkeypatch):
    it = random_case(1)
    with pytest.raises(ConfigError, match=r"name must have letters.*Got 'a\"b'"):
        it.write("c", tmp_path / 'a"b.c')
    with pytest.raises(ConfigError, match=r"must end in \.c"):
        it.write("c", tmp_path / "model.h")
    with pytest.raises(ConfigError, match=r"needs (the data of a study|a C compiler)"):
        it.write("c-int16", tmp_path)
    with pytest.raises(ConfigError, match=r"'c' is written in float32 or int16\. Got 'int8'"):
        in_precision("c", "int8")
    with pytest.raises(ConfigError, match=r"'numpy' is written in float32\. Got 'int16'"):
        in_precision("numpy", "int16")
    with pytest.raises(ConfigError, match="no export format 'see'"):
        in_precision("see", "float32")
    monkeypatch.setenv("PATH", "")
    assert compiler() is None
    with pytest.raises(ConfigError, match="needs a C compiler"):
        export(open_run(wave_run), "c-int16", tmp_path)
    assert not list(tmp_path.iterdir())


@needs_compiler
def test_int16_is_measured_on_the_data_of_the_run_alone(wave_run, tmp_path):
    folder = tmp_path / "moved"
    shutil.copytree(wave_run.parents[1], folder)
    config = folder / "runs" / "coal" / "config.toml"
    config.write_text(config.read_text().replace(str(wave_run.parents[1]), str(folder)))
    result = open_run(config.parent)
    data = folder / "new.csv"
    data.write_text(data.read_text().replace("wave,other", "wave,other\n50.0,1.0", 1))
    with pytest.raises(RunError, match="was made from other data"):
        export(result, "c-int16", tmp_path)
    data.unlink()
    with pytest.raises(DataError, match=r"new\.csv"):
        export(result, "c-int16", tmp_path)


def test_without_a_compiler_the_bytes_of_constants_are_told(
    wave_run, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("PATH", "")
    assert main(["export", str(wave_run), "--to", "c", "--out", str(tmp_path)]) == 0
    _, _, costs = capsys.readouterr().out.splitlines()
    assert "constants alone, for no C compiler was found" in costs


def test_weights_that_int16_cannot_hold_are_told(tmp_path):
    it = random_case(1)
    huge = it._replace(network=it.network.with_weights(np.full(it.network.n_all_weights, 1e9)))
    with pytest.raises(ConfigError, match="too large for int16"):
        int16.int16(contents(*huge), 12)
    cell = Cell(y=apply("exp", x()), name="exponential")
    with pytest.raises(ConfigError, match="'exponential' computes exp, which has no form in int16"):
        as_int16_function(cell, "f", 12)


@needs_compiler
def test_hostile_names_of_columns_and_cells_do_no_harm(tmp_path):
    names = (*HOSTILE, "*/ int x; /*", "ends in \\", "??/")
    network = fixed_network(["mgu"], len(names), 1)
    it = case(draw_weights(network, np.random.default_rng(0)), True, names)
    source, header = it.write("c", tmp_path / "model.c")
    rows = np.zeros((2, len(names)))
    sanitized(source, rows, 1, COMPILERS[0])
    assert max(map(len, (source.read_text() + header.read_text()).splitlines())) < 200
    odd = Cell(y=state("int") + param("double"), states={"int": x(0)}, name='odd" */')
    text = as_c_function(odd, "cell_odd")
    assert "int2_before" in text
    assert "double2" in text


def test_every_operation_has_a_form_in_c_and_onnx():
    for op in OPERATIONS.own_names():
        form = OPERATIONS[op].elementary
        assert form is None or (form.c and form.onnx)
    everything = Cell(y=sum((apply(op, x()) for op in ("exp", "log", "sin")), x()), name="all")
    assert "return expf(value);" in "".join(c_functions([everything]))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1f"), (1e-45, "1e-45f"), (1e39, "(1.0f / 0.0f)"), (float("nan"), "(0.0f / 0.0f)")],
)
def test_numbers_are_written_as_float32(value, text):
    assert number(value) == text
