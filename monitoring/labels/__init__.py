"""Labels: what came true."""
