"""One run of the tests: which tests share a process, and the figures it shows at its end."""
