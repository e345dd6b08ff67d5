"""What forecasts are worth and what they cost, beside another forecaster."""
