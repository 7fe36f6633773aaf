"""`make outages`: what the product says after outages, beside what Constant Contact has, address by address.

Two runs send several batches each to two lists, by two worker clusters on one PostgreSQL and one object storage, while
something is taken away, killed, frozen or answered wrongly. Then everybody of whom the product says that they are there
is looked for on the list, with the very values. A run that can't know has to say so. After one more run of each export
without any trouble, everybody valid is there. The table says what was tried and what was found; a round in which the
product said what is not so ends the program with 1.

It needs PostgreSQL's programs on this machine (a server of its own is started, stopped and thrown away), or the address
of a server in TEST_DATABASE_URL. It takes about an hour: ONLY=kills,network_blips tries a part. See options.
"""
