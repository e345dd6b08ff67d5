"""What every request passes first: keys, counters, problems, and the fast path of /predict."""
