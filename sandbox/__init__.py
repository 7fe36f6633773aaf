"""Stand-ins for the services outside, over real HTTP, for the demo and the tests: in memory, in a process of its own.

They import nothing of the product and the product imports nothing of them.
"""
