"""The pages about segments and profile sources."""
