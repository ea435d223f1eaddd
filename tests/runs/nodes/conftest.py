import pytest

from cellcolony.runs import failing
from tests.runs.nodes.fakes import task_in


@pytest.fixture(scope="session")
def text(tmp_path_factory):
    return task_in(tmp_path_factory.mktemp("text"))


@pytest.fixture(autouse=True)
def never_given_up(monkeypatch):
    """Some candidates fail here, and chance may let more than most of few do."""
    monkeypatch.setattr(failing, "LEAST_TOLD", 10**9)
