"""Rows as they arrive, and what ingestion makes of them."""
