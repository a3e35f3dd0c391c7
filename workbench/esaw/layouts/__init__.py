"""ESAW records as files hold them: fixed width, text table, Parquet."""
