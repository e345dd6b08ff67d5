"""From observations to the rows of a forecast: one per series, origin and horizon."""
