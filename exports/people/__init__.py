"""What is known of people: who is on a list, who must not be, and why."""
