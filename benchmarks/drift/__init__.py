"""Drift: how often its verdicts are wrong, what they see, and what counting for them costs."""
