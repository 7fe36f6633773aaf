"""What is known of people at Constant Contact, and who is kept off a list or taken off it."""
