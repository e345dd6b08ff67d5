"""What is expected, with its intervals, and what came true."""
