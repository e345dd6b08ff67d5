"""From a file of data to a use case: what its columns are, and what a person should look at."""
