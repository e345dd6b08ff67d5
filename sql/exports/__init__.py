"""Exports: which days have predictions that are not exported yet, and their rows, page by page."""
