"""Prediction intervals: conformal on validation, and adaptive to the recent error."""
