"""Messages and small files per second, from the inbox to the last commit."""
