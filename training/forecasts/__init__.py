"""Learning to forecast: rows from observations, and backtests from rolling origins."""
