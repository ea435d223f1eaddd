import pytest


@pytest.fixture(scope="module", autouse=True)
def little_training():
    """The Meta-LSTM hardly trains, and a little where a test asks for it; few trees are grown."""
    sequence = pytest.importorskip("cellcolony.judges.meta.sequence")
    from cellcolony.judges.meta.predictors import boosting

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sequence, "MOST_EPOCHS", 2)
        patched.setattr(boosting, "N_TREES", 60)  # the best on validation have some 20
        yield sequence


@pytest.fixture
def learned(little_training, monkeypatch):
    """Let a test train it."""
    monkeypatch.setattr(little_training, "MOST_EPOCHS", 10)
