"""Who is in a segment now, found by a worker: from the request to the count, and its trend."""
