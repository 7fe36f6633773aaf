"""Constant Contact over real HTTP, for the demo and the tests.

A stand-in for the V3 API and its OAuth server, in memory, in a process of its own. What the published material leaves
open is a switch (`sandbox.switches`). It imports nothing of the product and the product imports nothing of it.
"""
