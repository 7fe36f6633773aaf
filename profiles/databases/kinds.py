"""Which databases profiles can live in, and what has to be known about each: the one interface they all meet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from sqlglot import exp

from .columns import Columns

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True)
class Field:
    """Something a person enters to reach a database."""

    name: str
    label: Any
    help: Any = ""
    required: bool = True
    secret: bool = False  # kept encrypted, never shown again
    long: bool = False  # several lines
    initial: str = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    pattern: str = r"[^\x00]*"
    complaint: Any = ""  # what is said where `pattern` does not fit; "" leaves that to the form


HOST = Field(
    "host", _("Host"), _("Name or address of the server, for example db.example.com."), pattern="[A-Za-z0-9._:-]+"
)
PORT = Field("port", _("Port"), pattern="[0-9]{1,5}")
CERTIFICATE = Field(
    "certificate",
    _("Certificate authority"),
    _("Optional: the certificate (PEM) that the server's own is checked with. Empty: the public ones."),
    required=False,
    long=True,
)


class Database(ABC):
    """A kind of database: how to reach it through its ADBC driver, and what its columns are."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise] = ""  # one sentence for its tile
    icon: ClassVar[str] = "database"  # of Material Symbols
    package: ClassVar[str]  # the Python package of the driver
    requirements: ClassVar[str]  # the file that installs it
    dialect: ClassVar[str]  # sqlglot's name
    fields: ClassVar[Sequence[Field]]
    server_field: ClassVar[str] = "host"  # what names the server in sentences
    schema_field: ClassVar[Field] = Field("schema", _("Schema"), _("Where the table is, for example public."))

    @property
    def is_installed(self) -> bool:
        """Whether its driver is there. Does not load it."""
        return find_spec(self.package) is not None

    def driver(self) -> str:
        """Return where the driver is. Raises ImportError when it is not installed."""
        return str(import_module(self.package)._driver_path())

    @abstractmethod
    def options(self, entered: Mapping[str, str]) -> dict[str, str]:
        """Return the driver's options for what a person entered (see `fields`), secrets too."""

    @abstractmethod
    def prepare(self, session: Session) -> None:
        """Have a new session only read, end in time and write values as a file would."""

    def stream_options(self) -> dict[str, str | int]:
        """Return the driver's options for a statement, such as one that keeps its batches small."""
        return {}

    def table(self, schema: str, name: str) -> exp.Table:
        return exp.table_(name, db=schema or None, quoted=True)

    @abstractmethod
    def columns(self, session: Session, schema: str, name: str) -> Columns:
        """Return the columns that may be read. Raises DatabaseError."""

    def dialect_of(self, entered: Mapping[str, str]) -> str:
        """Return sqlglot's name of the dialect that the database speaks."""
        return self.dialect

    def query(self, tree: exp.Expr, dialect: str) -> str:
        """Return the text of a query in the database's dialect."""
        return tree.sql(dialect)


_KINDS: dict[str, Database] = {}


def register(kind: type[Database]) -> type[Database]:
    """Offer a kind of database."""
    _KINDS[kind.code] = kind()
    return kind


def kind_of(code: str) -> Database:
    return _KINDS[code]


def all_kinds() -> list[Database]:
    return list(_KINDS.values())
