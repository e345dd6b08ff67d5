"""Training on Parquet that does not fit into memory: checked block by block, kept on disk, fitted and evaluated from there."""
