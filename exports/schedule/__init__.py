"""What runs by itself, and when. `timing` and `zones` are pure functions, without a table and a clock."""
