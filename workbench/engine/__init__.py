"""Where records are counted: DuckDB on this machine, or Spark on a cluster; ibis behind one small door."""
