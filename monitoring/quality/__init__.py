"""The quality of what arrived, expectation by expectation, for those who come from validation suites."""
