"""What Constant Contact has that an export writes to: the account, its lists and fields."""
