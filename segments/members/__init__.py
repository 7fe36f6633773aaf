"""Who is in a segment: in a snapshot, in a database, or by the keys that a static one keeps."""
