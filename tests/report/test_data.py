"""What was understood of the data of any task."""

from dataclasses import dataclass

import pandas as pd
import pytest

from cellcolony.report.blocks import Folded
from cellcolony.report.sections.data import data_blocks
from cellcolony.report.understood import understood
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language
from tests.report.rendered import rendered
from tests.report.results import TEXT, task
from tests.tasks.files import frame


@dataclass
class Foreign:
    """The facts of a task of another package."""

    fingerprint: str = "c0ffee"
    title: str = "Images\x1b[2J of cats"
    targets: tuple[str, ...] = ("breed",)


def test_the_first_screen_says_what_was_understood_of_a_table():
    text = rendered(understood(Forecast.facts(task(), "[task]")))
    for part in ("3 files, 250 rows, 1 min apart", "y, 2 rows ahead", "scaled by minmax",
                 "36 rows: c.csv"):  # fmt: skip
        assert part in text


def test_the_first_screen_says_what_was_understood_of_a_text():
    long = [{**text, "name": "n\n\x1b[2J" + "x" * 1000} for text in TEXT["texts"]]
    text = rendered(understood(Language.facts({**TEXT, "texts": long}, "[task]")))
    assert "Text, 12 words known" in text
    lines = [line.split() for line in text.splitlines() if "5.0 %" in line]
    assert [line[:3] for line in lines] == [["train", "on", "100"], ["choose", "on", "100"],
                                            ["test", "on", "100"]]  # fmt: skip
    assert "n??[2Jxxx" in text
    assert text.count("x") < 1000


def test_a_task_of_another_package_is_shown_by_its_title():
    text = rendered(understood(Foreign()))
    assert "Images?[2J of cats" in text
    assert "breed" in text
    assert data_blocks(Foreign())


@pytest.mark.parametrize(
    ("n_files", "said"), [(1, "3 series of 1 file"), (2, "6 series of 2 files")]
)
def test_series_of_a_file_are_called_series(tmp_path, n_files, said):
    for i in range(n_files):
        each = [frame(40, 9 * i + k).assign(pump=f"p/{k}") for k in range(3)]
        pd.concat(each).to_csv(tmp_path / f"{i}.csv", index=False)
    table = Forecast.from_csv(f"{tmp_path}/*.csv", "y", series="pump")
    assert said in repr(table)
    facts = Forecast.facts(table.describe(), "[task]")
    text = rendered(understood(facts))
    assert f"{said}, {120 * n_files} rows" in text
    if n_files == 1:
        assert "a part of each of p/0, p/1, p/2" in text
    assert f"The {said}" in [one.summary for one in data_blocks(facts) if isinstance(one, Folded)]
