"""The pages about profile sources."""
