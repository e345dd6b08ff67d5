"""Memory and time of a training whose rows do not fit into memory."""
