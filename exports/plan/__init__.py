"""The plan of a run: one Parquet file with a row for each profile, written once, then only read."""
