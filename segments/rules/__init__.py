"""What a segment asks for: a tree of conditions, checked, put into words, and compiled to SQL."""
