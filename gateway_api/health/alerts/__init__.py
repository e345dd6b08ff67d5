"""What needs somebody: alerts of Prometheus beside our own verdicts, and who looks after each."""
