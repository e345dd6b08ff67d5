"""One process to run, and the supervisor that keeps all of them running."""
