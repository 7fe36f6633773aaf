"""One run, end to end: plan → send → confirm → settle. `advance` is where one begins to read."""
