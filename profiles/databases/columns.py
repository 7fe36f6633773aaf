"""How the values of a database's columns compare, so that a rule means there what it means for a file.

A column keeps its declared type. What a person reads is what is compared: a number by the digits that are shown,
a moment by its day in UTC, text letter by letter.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from profiles.attributes import Attribute, AttributeType
from profiles.blanks import BLANKS


@dataclass(frozen=True)
class Column:
    """One column of the table or view.

    `is_plain`: its values compare as they are. Else they do by their text: what is no text but is shown as text
    (uuid, arrays, …), and floating-point numbers of single precision, where 0.1 is not 0.1.
    """

    name: str
    type: str
    is_plain: bool = True
    blanks: str = BLANKS  # the characters that alone are no value
    nothing: tuple[str, ...] = ()  # texts, in small letters, that are no value either: NaN, JSON's null, infinite dates
    sql_type: str = ""  # as which `nothing` can be compared with the column itself; "" if only its text can be
    has_exponents: bool = False  # its text is written as 1e+20 where that is shorter

    def text(self) -> exp.Expr:
        """Return the expression of the value as text."""
        column = exp.column(self.name, quoted=True)
        if self.is_plain and self.type == AttributeType.TEXT:
            return column
        text = exp.cast(self._unless_nothing(column), "TEXT")
        if not self.has_exponents:
            return text
        is_short = exp.StrPosition(this=text.copy(), substr=exp.Literal.string("e")) > 0
        return exp.Case(
            ifs=[exp.If(this=is_short, true=exp.cast(exp.cast(text.copy(), "DECIMAL"), "TEXT"))], default=text
        )

    def value(self) -> exp.Expr:
        """Return the expression that rules compare."""
        if self.type == AttributeType.TEXT:
            return self.text()
        column = self._unless_nothing(exp.column(self.name, quoted=True))
        return column if self.is_plain else exp.cast(exp.cast(column, "TEXT"), "DOUBLE")

    def filled(self) -> exp.Expr:
        if self.type == AttributeType.TEXT:
            trimmed = exp.Trim(this=self.text(), expression=exp.Literal.string(self.blanks), position="BOTH")
            return exp.NEQ(this=trimmed, expression=exp.Literal.string(""))
        return self._unless_nothing(exp.column(self.name, quoted=True)).is_(exp.null()).not_()

    def _unless_nothing(self, column: exp.Expr) -> exp.Expr:
        if not self.nothing:
            return column
        if self.sql_type:
            for text in self.nothing:
                column = exp.Nullif(this=column, expression=exp.cast(exp.Literal.string(text), self.sql_type))
            return column
        trimmed = exp.Lower(this=exp.Trim(this=exp.cast(column.copy(), "TEXT")))
        is_nothing = exp.In(this=trimmed, expressions=[exp.Literal.string(one) for one in self.nothing])
        return exp.Case(ifs=[exp.If(this=is_nothing.not_(), true=column)])


class Columns:
    """The columns of one table, as `segments.rules.compile` asks for them."""

    def __init__(self, columns: list[Column], collation: str = "") -> None:
        """`collation` is what LOWER needs to know all letters; "" where the database's own does."""
        self._columns = {column.name: column for column in columns}
        self._collation = collation

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def attributes(self) -> list[Attribute]:
        return [Attribute(name=column.name, type=column.type) for column in self._columns.values()]

    def filled(self, attribute: Attribute) -> exp.Expr:
        return self[attribute.name].filled()

    def value(self, attribute: Attribute) -> exp.Expr:
        return self[attribute.name].value()

    def folded(self, text: exp.Expr) -> exp.Expr:
        if self._collation:
            text = exp.Collate(this=text, expression=exp.to_identifier(self._collation, quoted=True))
        return exp.Lower(this=text)

    def places(self, attribute: Attribute) -> int | None:
        return None

    def number(self, value: Decimal, attribute: Attribute) -> exp.Expr:
        """Exact: databases have decimal numbers, where 0.1 is 0.1."""
        return exp.Literal.number(f"{value:f}")
