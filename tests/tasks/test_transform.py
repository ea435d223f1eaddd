import json
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cellcolony.errors import ConfigError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.table_files import load_table
from cellcolony.tasks.transform import Transform
from tests.tasks.files import findings_of, frame, replace_line, write

HOSTILE = ["<script>alert(1)</script>", "quote\"d 'name'", "two\nlines", "a,b;c", "x" * 10_000, "é"]


def again(transform: Transform) -> Transform:
    """Return the transform after a trip through JSON."""
    return Transform.from_dict(json.loads(json.dumps(transform.to_dict())))


@pytest.fixture
def task() -> Forecast:
    return Forecast.from_frames(frame(50, columns=["a", "b", "y"]) / 7, "y", inputs=["b", "a"])


def test_new_data_are_prepared_as_the_training_data_were(task):
    (series,) = task.series("test", True)
    prepared = again(task.transform).prepare(frame(50, columns=["a", "b", "y"]) / 7, True)
    assert_array_equal(prepared.inputs[:-1], series.inputs)
    assert prepared.base is not None
    assert_array_equal(prepared.base[:-1], task.base("test")[0])
    assert len(prepared.inputs) == len(prepared.base) == 50  # the last row predicts beyond the end


def test_a_transform_round_trips_to_the_last_bit(task):
    copy = again(task.transform)
    assert copy.to_dict() == task.transform.to_dict()
    outputs = np.random.default_rng(0).normal(size=(9, 1)).astype(np.float32)
    base = np.ones((9, 1))
    assert_array_equal(copy.unscale(outputs, None), task.transform.unscale(outputs, None))
    assert_array_equal(copy.unscale(outputs, base), task.transform.unscale(outputs, base))


def test_columns_may_come_in_any_order_with_others_beside_them(task):
    table = frame(5, columns=["a", "b", "y"])
    wide = table.assign(note="text")[["note", "y", "b", "a"]]
    assert_array_equal(
        task.transform.prepare(wide, True).inputs, task.transform.prepare(table, True).inputs
    )


def test_the_target_is_needed_for_residual_outputs_alone(task):
    table = frame(5, columns=["a", "b"])
    assert task.transform.prepare(table, False).base is None
    (found,) = findings_of(lambda: task.transform.prepare(table, True))
    assert found == "frame, column 'y': is missing. Known are: a, b."


def test_all_faults_of_new_data_are_told_at_once(task, tmp_path):
    path = write(tmp_path / "new.csv", columns=["a", "b", "y"])
    replace_line(path, 3, "oops,1,2")
    replace_line(path, 5, "1,,2")
    replace_line(path, 6, "1,2,inf")
    found = findings_of(lambda: task.transform.prepare(load_table(path), True))
    assert [finding.split(", which")[0].split(". Mend")[0] for finding in found] == [
        f"{path}, line 3, column 'a': holds 'oops'",
        f"{path}, line 5, column 'b': holds nothing, a missing value",
        f"{path}, line 6, column 'y': holds 'inf'",
    ]
    assert all(finding.endswith("the network needs this column.") for finding in found)


def test_new_data_are_filled_as_the_training_data_were():
    task = Forecast.from_frames(frame(), "y", fill="previous")
    table = frame(6)
    table.loc[3, "x"] = np.nan
    filled = table.assign(x=table["x"].ffill())
    prepared = again(task.transform).prepare(table, True)
    assert_array_equal(prepared.inputs, task.transform.prepare(filled, True).inputs)


def test_hostile_column_names_survive_the_round_trip(tmp_path):
    path = write(tmp_path / "a.csv", columns=HOSTILE)
    task = Forecast.from_csv(path, HOSTILE[:3])
    assert task.columns.inputs == tuple(HOSTILE)
    copy = again(task.transform)
    assert copy.inputs == tuple(HOSTILE)
    assert copy.targets == tuple(HOSTILE[:3])
    prepared = copy.prepare(load_table(path), True)
    assert_array_equal(prepared.inputs[:39], task.series("test", True)[0].inputs)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_finding_about_a_hostile_name_stays_one_short_line(tmp_path, name):
    path = write(tmp_path / "a.csv", columns=[name, "y"])
    line = 10 if "\n" in name else 9  # such a header takes two lines
    replace_line(path, line, "1,bad")
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert f"{path}, line {line}, column 'y'" in found
    for target, ignore in (("absent", ()), ("y", name[:-1] + "absent")):
        build = partial(Forecast.from_csv, path, target, ignore=ignore)
        for found in findings_of(build):
            assert "\n" not in found
            assert len(found) < 400 + len(str(path))


def test_a_transform_of_another_version_is_refused(task):
    plain = task.transform.to_dict()
    with pytest.raises(ConfigError, match="`horizon` is missing"):
        Transform.from_dict({key: plain[key] for key in plain if key != "horizon"})
    with pytest.raises(ConfigError, match="2 columns and 1 offsets"):
        Transform.from_dict({**plain, "input_offset": [0.0]})
