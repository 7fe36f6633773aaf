"""One module for each kind of database, and `offered`, which registers them."""
