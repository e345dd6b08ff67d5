"""Shadow scoring: what challengers would have answered."""
