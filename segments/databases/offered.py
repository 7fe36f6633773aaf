"""The kinds of database that are offered: importing this registers them."""

from . import postgresql as postgresql
