"""The first page: what needs somebody, what comes next, and what was sent."""
