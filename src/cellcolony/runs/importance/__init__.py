"""Which input columns, and which lags of them, a trained network relies on."""
