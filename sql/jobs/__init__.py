"""Jobs: what was ordered, which rows each claim reads, what became of them."""
