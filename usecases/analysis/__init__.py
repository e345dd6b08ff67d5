"""What a person looks at in a data set before a model is trained: columns, relations, findings, as figures and as a page."""
