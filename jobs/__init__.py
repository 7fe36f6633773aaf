"""Work that goes on without anybody waiting: how long it may take, how it is asked for, and when it is given up.

Every app may call this, and it knows none of them.
"""
