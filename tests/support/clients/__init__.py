"""Clients of the broker as tests need them: byte by byte, and behind a line that loses a confirm."""
