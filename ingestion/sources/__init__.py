"""Pulling: what an HTTP interface tells becomes files, which are taken in like any other."""
