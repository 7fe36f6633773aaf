"""Files of profiles: which kind one is, and how it becomes Parquet."""
