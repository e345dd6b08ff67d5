"""Messages nobody could handle."""
