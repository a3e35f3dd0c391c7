"""ESAW records as they stand in files: fixed width, text table, Parquet."""
