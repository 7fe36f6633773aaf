"""Numbers about the code itself, printed and never gated: `make measures`.

Only `circles` and the picture of the floors are held by tests (tests/test_imports.py, tests/docs).
"""
