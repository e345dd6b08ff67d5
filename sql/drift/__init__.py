"""Drift: the windows that are judged, the verdicts, and what people were told."""
