"""Exports: predictions as Parquet files, a folder for each day, in a folder or an object store."""
