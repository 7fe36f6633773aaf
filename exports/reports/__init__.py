"""What is said of a run, and of one person in it: counts, stages, events, badges."""
