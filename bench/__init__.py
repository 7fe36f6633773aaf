"""`make bench`: how fast a million profiles go, in how little memory and how few calls, beside a bare loop."""
