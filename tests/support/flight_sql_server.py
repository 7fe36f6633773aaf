"""python flight_sql_server.py FILE PORT: a Flight SQL server for the tests, which answers queries with DuckDB.

Of the protocol it knows what a query takes: basic authentication, GetFlightInfo of a statement, DoGet.
Needs pyarrow, which the product does without.
"""

import base64
import sys

import duckdb
import pyarrow
from pyarrow import flight

USER, PASSWORD, TOKEN = "reader", "let me in", "token-of-the-tests"


class Access(flight.ServerMiddlewareFactory):
    """A name and a password are exchanged for a token, as in Arrow's own servers."""

    def start_call(self, info, headers):
        kind, _space, value = next(iter(headers.get("authorization", [""]))).partition(" ")
        if kind == "Basic" and base64.b64decode(value + "=" * (-len(value) % 4)).decode() == f"{USER}:{PASSWORD}":
            return Token()
        if kind == "Bearer" and value == TOKEN:
            return None
        raise flight.FlightUnauthenticatedError("invalid credentials")


class Token(flight.ServerMiddleware):
    def sending_headers(self):
        return {"authorization": f"Bearer {TOKEN}"}


class Nobody(flight.ServerAuthHandler):
    """The handshake itself asks nothing: the header has been looked at before."""

    def authenticate(self, outgoing, incoming): ...

    def is_valid(self, token):
        return ""


class Server(flight.FlightServerBase):
    def __init__(self, file, port):
        address = f"grpc://127.0.0.1:{port}"
        super().__init__(address, auth_handler=Nobody(), middleware={"access": Access()})
        self._duck = duckdb.connect(file, read_only=True, config={"threads": 2})
        self._duck.execute("SET TimeZone = 'UTC'")

    def get_flight_info(self, context, descriptor):
        query = statement_of(descriptor.command)
        try:
            schema = self._duck.cursor().sql(query).limit(0).to_arrow_table().schema
        except duckdb.Error as error:
            raise flight.FlightServerError(str(error)) from None
        endpoint = flight.FlightEndpoint(query.encode(), [])
        return flight.FlightInfo(schema, descriptor, [endpoint], -1, -1)

    def do_get(self, context, ticket):
        reader = self._duck.cursor().execute(ticket.ticket.decode()).to_arrow_reader(10_000)
        return flight.GeneratorStream(reader.schema, batches(reader, context))


def batches(reader, context):
    for batch in reader:
        if context.is_cancelled():
            return
        yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=reader.schema)


def statement_of(command):
    """Return the query of Any(CommandStatementQuery(query = 1)): two messages of length-delimited fields."""
    return fields(fields(command)[2])[1].decode()


def fields(message):
    found, place = {}, 0
    while place < len(message):
        tag, place = varint(message, place)
        length, place = varint(message, place)
        found[tag >> 3] = message[place : place + length]
        place += length
    return found


def varint(message, place):
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return value, place


if __name__ == "__main__":
    server = Server(sys.argv[1], int(sys.argv[2]))
    print(server.port, flush=True)
    server.serve()
