"""What a column of a declared type is: Parquet files and streams of databases arrive with DuckDB's names of types."""

from .attributes import AttributeType

_TYPES = {
    "BOOLEAN": AttributeType.BOOLEAN,
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), AttributeType.WHOLE),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), AttributeType.WHOLE),
    # Whole numbers of a file are compared as 64 bits with a sign; larger ones are numbers.
    **dict.fromkeys(("UBIGINT", "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"), AttributeType.NUMBER),
    "DATE": AttributeType.DATE,
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"),
        AttributeType.MOMENT,
    ),
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID", "JSON", "TIME", "TIME WITH TIME ZONE"), AttributeType.TEXT),
    **dict.fromkeys(("TIME_NS", "INTERVAL", '"NULL"'), AttributeType.TEXT),
}
WHOLE_DIGITS = 18  # what always fits in 64 bits


def type_of(name: str, whole_digits: int = WHOLE_DIGITS) -> AttributeType | None:
    """Return the type of a column that DuckDB calls `name`; None for lists, structures and bytes.

    A decimal number without places is whole if it has no more than `whole_digits` digits.
    """
    kind, _open, rest = name.partition("(")
    if kind == "DECIMAL" and name.endswith(",0)") and int(rest.partition(",")[0]) <= whole_digits:
        return AttributeType.WHOLE
    return None if name.endswith("]") else _TYPES.get(kind)
