"""Whole numbers stay whole, however a program stored them."""

from .conftest import by_person, is_

PHONE = {"phone": "phone", "zip": "zip"}


def test_whole_numbers_of_a_table_with_gaps_are_on_the_list_without_a_point(send, beside):
    sent = send(beside("07/float.parquet"), PHONE)

    phones, codes = set(sent.values("other_phone").values()), set(sent.values("home_zip").values())
    assert {"4155550123"} <= phones
    assert {"2139"} <= codes
    assert not any("." in value or "e" in value for value in phones | codes)


def test_long_keys_that_are_stored_as_floats_have_all_their_digits(send, parquet):
    sent = send(
        parquet(
            "SELECT * FROM (VALUES (62212345678901230::DOUBLE, 'p1@example.com', 94105::DOUBLE, 4155550123::DOUBLE),"
            " (1e20::DOUBLE, '', NULL, NULL)) AS people (id, email, zip, phone)"
        ),
        PHONE,
        [is_("zip", "94105"), is_("phone", "4155550123")],
    )

    assert sent.members == 1
    assert (sent.values("home_zip"), sent.values("other_phone")) == (by_person(["94105"]), by_person(["4155550123"]))


def test_keys_of_people_who_are_left_out_are_written_with_all_their_digits(send, parquet):
    sent = send(parquet("SELECT 62212345678901230::DOUBLE AS id, 'nobody' AS email"))

    assert [key for key, _reason, _attribute in sent.reported()] == ["62212345678901232"]  # the number that is stored


def test_decimals_of_a_table_are_on_the_list_as_they_are_stored(send, parquet):
    sent = send(
        parquet(
            "SELECT n AS id, 'p' || n || '@example.com' AS email, zip::DECIMAL(38,0) AS zip, spent::DOUBLE AS spent "
            "FROM (VALUES (1, '98765432109876543210', -0.5), (2, NULL, 1e-7), (3, '7', 3)) AS people (n, zip, spent)"
        ),
        {"zip": "zip", "cf:Spent": "spent"},
    )

    assert sent.values("home_zip") == by_person(["98765432109876543210", "", "7"])
    assert sent.values("cf:spent") == by_person(["-0.5", "0.0000001", "3"])


def test_numbers_of_a_workbook_are_whole_and_keep_the_zeros_that_are_shown(send, workbook):
    rows = [["id", "email", "phone", "zip"], [1, "p1@example.com", 4155550123.0, 2139]]

    sent = send(workbook(rows, {"D2": "00000"}), PHONE)

    assert (sent.values("other_phone"), sent.values("home_zip")) == (by_person(["4155550123"]), by_person(["02139"]))
