"""How good every version was."""
