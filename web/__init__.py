"""What the pages of all apps stand on. It knows no model of ours."""
