"""The pages about connections: the wizard, one connection, its export user, the way to Constant Contact and back."""
