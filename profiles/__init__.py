"""Where unified customer profiles live: sources, the files and databases they come from, snapshots."""
