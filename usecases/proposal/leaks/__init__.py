"""What gives the target away: columns alone, their values, several together."""
