"""Constant Contact: its V3 API and its OAuth server. What the published material leaves open is in `switches`."""
