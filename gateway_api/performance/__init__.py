"""How good each version was."""
