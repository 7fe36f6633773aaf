"""The ground that runs and imports work on: files in the store, their copies on this host, and what is said when the
store or the disk is away. It knows no model."""
