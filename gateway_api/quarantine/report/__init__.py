"""Reports about the quality of a batch or of a day, expectation by expectation."""
