"""Profiles that stay where they are: a table or view of a database, reached through its ADBC driver.

Rules become one query in the database's own dialect. The filter runs there, and only the key and the columns somebody
asked for leave it, as Arrow. Why so: docs/decisions/0005-profiles-in-databases.md.

    kinds      the interface of a kind of database; `drivers` has one module for each
    session    the drivers, and sessions that only read and end in time
    columns    how a column's values compare: the counterpart of profiles.value_types
    errors     what can go wrong, as messages
    checking   tests an address; describing looks at all of it; refreshing does that in a worker
"""
