"""Dead letters: messages that nobody could handle."""
