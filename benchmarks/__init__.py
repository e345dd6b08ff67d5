"""Measurements beside a bound in the same run: what counts is the ratio, for machines differ and moments do too."""
