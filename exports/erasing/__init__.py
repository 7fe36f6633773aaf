"""Erasing one person: out of every file and row that this application keeps, step by step (docs/privacy.md)."""
