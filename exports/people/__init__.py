"""What is known of the people of an account and of its lists, and how it is found out."""
