"""Moments of Parquet files are moments, whatever their precision and time zone."""

import pytest

from .conftest import by_person, is_


def test_moments_in_nanoseconds_with_a_time_zone_are_on_the_list(import_file, run_source, beside):
    source = import_file(beside("11/nstz.parquet"))
    assert source.attribute("upd").type == "moment"

    sent = run_source(source, {"anniversary": "upd"}, [is_("upd", "2024-05-05")])

    assert sent.values("anniversary") == {"b@example.com": "2024-05-05"}


@pytest.mark.parametrize("sql_type", ["TIMESTAMP_NS", "TIMESTAMPTZ", "DATE"])
def test_the_day_of_a_moment_is_the_same_in_rule_and_list(send, parquet, sql_type):
    query = f"SELECT n AS id, 'p' || n || '@example.com' AS email, joined::{sql_type} AS joined FROM "
    rows = "(VALUES (1, '2020-12-25 23:30:00'), (2, '2020-12-26 00:30:00'), (3, NULL)) AS people (n, joined)"

    sent = send(parquet(query + rows), {"anniversary": "joined"}, [is_("joined", "2020-12-25")])

    assert sent.source.attribute("joined").is_temporal
    assert (sent.members, sent.values("anniversary")) == (1, by_person(["2020-12-25"]))
