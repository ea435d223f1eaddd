"""GRU and LSTM of darts (`BlockRNNModel`), a peer of `peers.py`; their settings are drawn.

Darts predicts a row directly from a window of rows: `output_chunk_shift` leaves out the rows
between. All inputs are past covariates, the target's own value among them.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer import Budget, Fitted, Problem, listed

from cellcolony.networks.series import Series

SHORTEST_WINDOW = 12
MOST_EPOCHS, PATIENCE = 200, 8
MOST_BATCHES = 400
"""Of an epoch, so that long series are validated on before the time is over: a random part."""


def recurrent(problem: Problem) -> Iterator[Fitted]:
    """Yield trained networks; each has the weights of its epoch that is best on validation."""
    import torch

    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    while not problem.budget.is_spent:
        yield _trial(problem)


def _trial(problem: Problem) -> Fitted:
    import torch
    from darts.models.forecasting.block_rnn_model import BlockRNNModel  # pyright: ignore
    from pytorch_lightning.callbacks import EarlyStopping  # pyright: ignore

    window = problem.one_of(*(lag for lag in problem.lags if lag >= SHORTEST_WINDOW))
    residual = problem.one_of(False, True)
    learning_rate = problem.between(3e-4, 1e-2)
    settings = {
        "model": problem.one_of("GRU", "LSTM"),
        "hidden_dim": problem.one_of(16, 32, 64, 128),
        "n_rnn_layers": problem.one_of(1, 2),
        "batch_size": problem.one_of(32, 64, 128),
    }
    seed = int(problem.rng.integers(2**31))
    keep = _keep_best(problem.budget.of_trial())
    model = BlockRNNModel(
        input_chunk_length=window,
        output_chunk_length=1,
        output_chunk_shift=problem.horizon - 1,
        n_epochs=MOST_EPOCHS,
        loss_fn=torch.nn.L1Loss(),
        optimizer_kwargs={"lr": learning_rate},
        random_state=seed,
        pl_trainer_kwargs={
            "accelerator": "cpu",
            "callbacks": [EarlyStopping("val_loss", patience=PATIENCE), keep],
            "gradient_clip_val": 1.0,
            "limit_train_batches": MOST_BATCHES,
            "num_sanity_val_steps": 0,
            "enable_checkpointing": False,
            "enable_model_summary": False,
            "enable_progress_bar": False,
            "logger": False,
        },
        **settings,
    )

    def pair(one: Series, first: int) -> tuple[Any, Any]:
        """Return the target and the covariates of a series whose first prediction is at a row."""
        inputs = one.inputs[first - window + 1 :]
        level = np.concatenate([one.inputs[:, problem.own], one.targets[-problem.horizon :, 0]])
        target = _change(level, problem.horizon) if residual else level
        return _darts(target[first - window + 1 :]), _darts(inputs)

    train = [pair(one, window - 1) for one in problem.train]
    valid = [pair(one, int(np.flatnonzero(one.counts)[0])) for one in problem.valid]
    model.fit(
        [target for target, _ in train],
        past_covariates=[inputs for _, inputs in train],
        val_series=[target for target, _ in valid],
        val_past_covariates=[inputs for _, inputs in valid],
    )
    model.model.load_state_dict(keep.weights)

    def predict(inputs: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.floating]:
        start, stop = int(rows[0]) - window + 1, int(rows[-1]) + 1
        level = inputs[:stop, problem.own]
        target = _change(level, problem.horizon) if residual else level
        # Darts wants the rows that it predicts to be there, though it does not read them.
        unknown = np.zeros(problem.horizon, np.float32)
        found = model.historical_forecasts(
            _darts(np.concatenate([target[start:], unknown])),
            past_covariates=_darts(inputs[start:stop]),
            start=window,  # the row after the first window, whatever the shift
            start_format="position",
            retrain=False,
            verbose=False,
        )
        first, last = found.time_index[0], found.time_index[-1]
        expected = window - 1 + problem.horizon, stop - start - 1 + problem.horizon
        if (first, last) != expected:
            raise ValueError(f"darts predicted rows {first} to {last}, not {expected}")
        output = found.values()[rows - rows[0], 0]
        return output + inputs[rows, problem.own] if residual else output

    about = listed(
        window=window, residual=residual, learning_rate=learning_rate, epoch=keep.epoch,
        seed=seed, **settings,
    )  # fmt: skip
    return Fitted(problem.error(predict), about, predict)


def _change(level: NDArray[np.float32], horizon: int) -> NDArray[np.float32]:
    """Return the change over the last `horizon` rows; none at the first ones."""
    change = np.zeros_like(level)
    change[horizon:] = level[horizon:] - level[:-horizon]
    return change


def _darts(values: NDArray[np.float32]) -> Any:
    from darts import TimeSeries  # pyright: ignore

    return TimeSeries.from_values(np.ascontiguousarray(values, np.float32))


def _keep_best(budget: Budget) -> Any:
    """Return a callback that keeps the best weights, and ends training when the time is over."""
    from pytorch_lightning import Callback  # pyright: ignore

    class KeepBest(Callback):
        error, epoch, weights = np.inf, 0, {}

        def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
            trainer.should_stop |= budget.is_spent

        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            error = float(trainer.callback_metrics["val_loss"])
            if error < self.error or not self.weights:
                self.error, self.epoch = error, trainer.current_epoch + 1
                self.weights = copy.deepcopy(pl_module.state_dict())

    return KeepBest()
