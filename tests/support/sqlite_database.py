"""One more kind of database, which the product does not offer: what meets its interface is a source."""

from pathlib import Path

from sqlglot import exp

from profiles.attributes import AttributeType
from profiles.databases.columns import Column, Columns
from profiles.databases.errors import DatabaseError
from profiles.databases.kinds import Database, Field, register

TYPES = {
    "INTEGER": AttributeType.WHOLE,
    "REAL": AttributeType.NUMBER,
    "DATE": AttributeType.DATE,
    "TIMESTAMP": AttributeType.MOMENT,
    "BOOLEAN": AttributeType.BOOLEAN,
}


class SQLiteColumn(Column):
    def text(self):
        column = exp.column(self.name, quoted=True)
        if self.type != AttributeType.BOOLEAN:
            return super().text()
        words = [
            exp.If(this=column.eq(number), true=exp.Literal.string(word))
            for number, word in ((1, "true"), (0, "false"))
        ]
        return exp.Case(ifs=words)


@register
class SQLite(Database):
    code = "sqlite"
    label = "SQLite"
    package = "adbc_driver_sqlite"
    requirements = "requirements-dev.txt"
    dialect = "sqlite"
    server_field = "file"
    fields = (Field("file", "File"),)

    def options(self, entered):
        return {"uri": f"file:{Path(entered['file'])}?mode=ro"}

    def prepare(self, session):
        session.rows(exp.select(exp.Literal.number(1)))  # `mode=ro` says it all

    def table(self, schema, name):
        return exp.table_(name, quoted=True)

    def columns(self, session, schema, name):
        found = exp.select("name", "type").from_(exp.func("pragma_table_info", exp.Literal.string(name)))
        columns = [SQLiteColumn(name, TYPES.get(type, AttributeType.TEXT)) for name, type in session.rows(found)]
        if not columns:
            raise DatabaseError("table_missing", table=name)
        return Columns(columns)

    def query(self, tree, dialect):
        return tree.transform(_in_its_words).sql("sqlite")


def _in_its_words(node):
    if isinstance(node, exp.Cast) and node.to.is_type("DATE"):
        return exp.func("DATE", node.this)
    if isinstance(node, exp.StartsWith):
        start = exp.func("SUBSTR", node.this, exp.Literal.number(1), exp.Length(this=node.expression.copy()))
        return exp.EQ(this=start, expression=node.expression)
    if isinstance(node, exp.Right):
        skipped = exp.Length(this=node.this.copy()) - node.expression
        return exp.func("SUBSTR", node.this, exp.Paren(this=skipped) + 1)
    return node
