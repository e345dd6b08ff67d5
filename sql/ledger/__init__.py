"""The ledger: batches, their parts, and whether the counts agree."""
