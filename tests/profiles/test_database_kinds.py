"""The kinds of database: what each asks for, what its driver is told, and what is said where that is missing."""

import json

import pytest
from django.urls import reverse
from sqlglot import exp, parse_one

from profiles.databases.columns import Column, Columns
from profiles.databases.errors import DatabaseError, explained
from profiles.databases.kinds import all_kinds, kind_of
from profiles.models import DatabaseAddress, ProfileSource
from segments.members.query import count_rules
from segments.models import everybody
from segments.rules.compile import compile_rules
from segments.rules.tree import read_rules

WAREHOUSES = ["snowflake", "bigquery", "flightsql", "spark"]
TABLE = {"name": "People", "schema": "s", "table": "people", "key_attribute": "id", "updated_attribute": ""}
KEY = json.dumps({"type": "service_account", "private_key": "hunter2-bq", "client_email": "a@p.example"})
ENTERED = {
    "snowflake": {
        "account": "myorg-account1",
        "warehouse": "W",
        "database": "D",
        "role": "",
        "user": "u",
        "auth_type": "auth_jwt",
        "secret": "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        "passphrase": "",
    },
    "bigquery": {"project": "my-project", "location": "EU", "credentials": KEY},
    "flightsql": {
        "host": "db.example.com",
        "port": "31337",
        "dialect": "doris",
        "user": "u",
        "password": "hunter2",
        "tls": "verify",
        "certificate": "",
    },
    "spark": {
        "host": "w.example.com",
        "port": "443",
        "cluster": "0123-456789-abcdefgh",
        "user": "",
        "token": "hunter2",
        "tls": "verify",
    },
}
TOLD = {
    "snowflake": {
        "adbc.snowflake.sql.account": "myorg-account1",
        "adbc.snowflake.sql.warehouse": "W",
        "adbc.snowflake.sql.db": "D",
        "username": "u",
        "adbc.snowflake.sql.auth_type": "auth_jwt",
        "adbc.snowflake.sql.client_option.jwt_private_key_pkcs8_value": ENTERED["snowflake"]["secret"],
        "adbc.snowflake.sql.client_option.login_timeout": "15s",
        "adbc.snowflake.sql.client_option.app_name": "Constant Contact exports",
    },
    "bigquery": {
        "adbc.bigquery.sql.project_id": "my-project",
        "adbc.bigquery.sql.location": "EU",
        "adbc.bigquery.sql.auth_type": "adbc.bigquery.sql.auth_type.json_credential_string",
        "adbc.bigquery.sql.auth_credentials": KEY,
    },
    "flightsql": {
        "uri": "grpc+tls://db.example.com:31337",
        "username": "u",
        "password": "hunter2",
        "adbc.flight.sql.rpc.timeout_seconds.connect": "5",
    },
    "spark": {
        "uri": "sc://w.example.com:443",
        "adbc.spark.tls.enabled": "true",
        "password": "hunter2",
        "adbc.spark.headers.x-databricks-cluster-id": "0123-456789-abcdefgh",
    },
}


def add(code):
    return reverse("admin:profiles_profilesource_add_database", args=[code])


@pytest.fixture
def absent(monkeypatch):
    """Have no driver of a warehouse, as wherever nobody asked for one."""
    for code in WAREHOUSES:
        monkeypatch.setattr(type(kind_of(code)), "package", f"adbc_driver_{code}_that_is_absent")


def test_the_kinds_are_offered_in_the_order_of_their_tiles():
    offered = [kind.code for kind in all_kinds() if kind.code in ProfileSource.Kind.values]

    assert offered == ["postgresql", *WAREHOUSES]
    assert [kind_of(code).label for code in offered] == [ProfileSource.Kind(code).label for code in offered]


def test_a_tile_shows_what_to_install(alice_client, absent):
    page = alice_client.get(reverse("admin:profiles_profilesource_add")).content.decode()

    for code in WAREHOUSES:
        assert f"Install it with: pip install -r requirements-{code}.txt, then restart web and workers." in page
        assert f'href="{add(code)}"' not in page


@pytest.mark.parametrize("code", WAREHOUSES)
def test_a_test_without_a_driver_shows_what_to_install(alice_client, absent, code):
    page = alice_client.post(add(code), {**TABLE, **ENTERED[code], "test": "1"}).content.decode()

    assert "The connection does not work yet." in page
    assert f"Install it with: pip install -r requirements-{code}.txt, then restart web and workers." in page


@pytest.mark.parametrize("code", WAREHOUSES)
def test_a_source_whose_driver_is_gone_is_unavailable(db, absent, code):
    source = ProfileSource.objects.create(name="Far", kind=code, key_attribute="id")
    address = DatabaseAddress(source=source, table="people", schema="s", options=ENTERED[code])
    address.save()

    with pytest.raises(DatabaseError, match=f"pip install -r requirements-{code}.txt"):
        count_rules(ProfileSource.objects.get(), everybody())


@pytest.mark.parametrize("code", WAREHOUSES)
def test_what_was_entered_is_kept_the_secrets_encrypted_and_never_shown(alice_client, code):
    alice_client.post(add(code), {**TABLE, **ENTERED[code]})

    source = ProfileSource.objects.get()
    address = DatabaseAddress.objects.get()
    assert address.entered() == {
        name: value for name, value in ENTERED[code].items() if value or name in address.options
    }
    assert "hunter2" not in json.dumps(address.options)
    for name in ("change", "database"):
        page = alice_client.get(reverse(f"admin:profiles_profilesource_{name}", args=[source.pk])).content.decode()
        assert "hunter2" not in page
    refused = alice_client.post(add(code), {**TABLE, **ENTERED[code], "key_attribute": ""}).content.decode()
    assert "hunter2" not in refused


@pytest.mark.parametrize("code", WAREHOUSES)
def test_the_driver_is_given_what_was_entered(code):
    assert kind_of(code).options(ENTERED[code]) == TOLD[code]


def test_snowflake_signs_in_with_a_key_a_token_or_a_password():
    snowflake = kind_of("snowflake")
    token = snowflake.options({**ENTERED["snowflake"], "auth_type": "auth_pat", "secret": "t"})
    password = snowflake.options({**ENTERED["snowflake"], "auth_type": "auth_snowflake", "secret": "p"})
    key = snowflake.options({**ENTERED["snowflake"], "passphrase": "open"})

    assert token["adbc.snowflake.sql.client_option.auth_token"] == "t"
    assert password["password"] == "p"
    assert key["adbc.snowflake.sql.client_option.jwt_private_key_pkcs8_password"] == "open"
    assert "password" not in token


def test_flight_sql_takes_a_token_and_checks_certificates_as_one_chooses():
    flight_sql, entered = kind_of("flightsql"), ENTERED["flightsql"]

    assert flight_sql.options({**entered, "user": ""})["adbc.flight.sql.authorization_header"] == "Bearer hunter2"
    assert flight_sql.options({**entered, "tls": "none"})["uri"].startswith("grpc://")
    skipping = flight_sql.options({**entered, "tls": "require", "certificate": "PEM"})
    assert skipping["adbc.flight.sql.client_option.tls_skip_verify"] == "true"
    own = flight_sql.options({**entered, "certificate": "PEM"})
    assert own["adbc.flight.sql.client_option.tls_root_certs"] == "PEM"
    assert flight_sql.dialect_of(entered) == "doris"


@pytest.mark.parametrize("credentials", ["x", "{}", '{"type": "external_account", "x": 1}'])
def test_bigquery_takes_keys_of_service_accounts_only(alice_client, credentials):
    entered = {**ENTERED["bigquery"], "credentials": credentials}

    assert "This is no key of a service account." in alice_client.post(add("bigquery"), {**TABLE, **entered}).text


def test_a_stored_key_is_not_used_elsewhere_but_one_that_was_never_stored_is_not_asked_for(alice_client):
    alice_client.post(add("snowflake"), {**TABLE, **ENTERED["snowflake"]})
    change = reverse("admin:profiles_profilesource_database", args=[ProfileSource.objects.get().pk])
    moved = {**TABLE, **ENTERED["snowflake"], "account": "elsewhere"}

    assert "Enter the password again." in alice_client.post(change, {**moved, "secret": ""}).text
    assert alice_client.post(change, moved).status_code == 302
    assert DatabaseAddress.objects.get().options["account"] == "elsewhere"


VALUES = ["it's", "\\' OR 1=1 --", "\\", "a\nb", '"; DROP TABLE x', "$1", "?", "’"]
NAME = 'odd "name`; --'


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "spark", "duckdb", "doris", "starrocks", "postgres"])
@pytest.mark.parametrize("operator", ["equals", "contains", "startsWith", "isIn"])
def test_in_every_dialect_a_name_stays_a_name_and_a_value_a_value(dialect, operator):
    columns = Columns([Column(NAME, "text")])
    for value in VALUES:
        rule = {"attribute": NAME, "operator": operator, "value": [value] if operator == "isIn" else value}
        condition = compile_rules(read_rules({"op": "and", "rules": [rule]}, columns.attributes()), values=columns)

        written = exp.select("*").from_("t").where(condition).sql(dialect)

        read = parse_one(written, dialect=dialect)
        assert {column.name for column in read.find_all(exp.Column)} == {NAME}
        assert value in {literal.this for literal in read.find_all(exp.Literal) if literal.is_string}


def test_a_schema_may_have_its_catalog_before_it():
    for code in WAREHOUSES:
        assert kind_of(code).table("main.crm", "people").sql("duckdb") == '"main"."crm"."people"'
        assert kind_of(code).table("", "people").sql("duckdb") == '"people"'


@pytest.mark.parametrize(
    ("driver_says", "said"),
    [
        ("[FlightSQL] name resolver error: produced zero addresses (Unavailable)", "does not answer"),
        (
            '[Spark] connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:1: refused"',
            "does not",
        ),
        ('desc = "transport: authentication handshake failed: EOF"', "No trusted encrypted connection"),
        (
            "UNAUTHENTICATED: [FlightSQL] invalid credentials. Detail: Unauthenticated",
            "refused the user or the password",
        ),
        ("390100 (08004): Incorrect username or password was specified.", "refused the user or the password"),
        ("390144 (08004): JWT token is invalid.", "refused the user or the password"),
        ("INVALID_ARGUMENT: Failed to parse PEM block containing the private key", "refused the user or the password"),
        ("[BigQuery] googleapi: Error 404: Not found: Table p:d.t was not found in location EU", "There is no table"),
        ("002003 (42S02): SQL compilation error: Object 'X.Y' does not exist or not authorized.", "There is no table"),
        ("[Spark] [TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found.", "There is no table"),
        ("[FlightSQL] Catalog Error: Table with name nope does not exist!", "There is no table"),
        ("[BigQuery] googleapi: Error 403: Access Denied: Table p:d.t: User lacks permission", "may not read"),
        ("[Spark] [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column … cannot be resolved.", "no longer what they were"),
        ("CANCELLED: [Spark] context canceled.", "did not answer within"),
    ],
)
def test_what_a_driver_reports_is_raised_as_a_message(driver_says, said):
    from adbc_driver_manager import AdbcStatusCode, OperationalError

    with pytest.raises(DatabaseError, match=said), explained(server="s", table="t", seconds=5):
        raise OperationalError(driver_says, status_code=AdbcStatusCode.UNKNOWN)
