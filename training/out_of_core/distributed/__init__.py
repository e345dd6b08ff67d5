"""A training in several processes, on one machine or many, each with a share of the rows: they come to one model together."""
