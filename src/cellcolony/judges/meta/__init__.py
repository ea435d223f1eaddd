"""Predict the end of a training from its beginning, and judge candidates by that.

*Curves* of whole trainings are *split* by search; *predictors* learn from them, and *compare* says
how far each is off and which one serves. It is *saved* in a folder, and the *judge* trains each
candidate for the first marks alone.

Source: Rawal & Miikkulainen 2018, https://arxiv.org/abs/1803.04439, sections 3.5 and 4.2. What is
marked [ours] was decided here because the paper does not say it.
"""

from cellcolony.judges.meta.judge import PredictedFitness

__all__ = ["PredictedFitness"]
