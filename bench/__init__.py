"""`make bench`: how fast a million profiles go, in how little memory and how few calls, beside a bare loop.

It sends invented profiles through the real import, queue, worker and pipeline to the sandbox, in a folder and a
database of its own, and prints one table. The numbers of the table depend on the machine; the counts in it don't,
and a wrong one makes the program end with 1.
"""
