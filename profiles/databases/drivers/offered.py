"""The kinds of database that are offered, in the order of their tiles: importing this registers them."""

from profiles.databases.kinds import register

from .bigquery import BigQuery
from .flight_sql import FlightSQL
from .postgresql import PostgreSQL
from .snowflake import Snowflake
from .spark import Spark

for kind in (PostgreSQL, Snowflake, BigQuery, FlightSQL, Spark):
    register(kind)
