"""Jobs: plan the rows of a data set as claims, score each claim into a file, list the files at the end."""
