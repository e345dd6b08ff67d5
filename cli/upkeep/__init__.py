"""Commands about what runs by itself: audit, maintenance, monitoring, simulated traffic."""
