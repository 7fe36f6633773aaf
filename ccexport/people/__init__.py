"""Who may sign in, with which role: the pages of Permissions."""
