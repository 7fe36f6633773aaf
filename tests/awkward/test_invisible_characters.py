"""What nobody sees around an address is removed; inside one it is the reason why the address is left out."""

from .conftest import people

REASON = "Invisible character in the email address"


def test_addresses_with_invisible_characters_around_them_are_on_the_list(send, beside):
    sent = send(beside("14/zw.csv"))

    assert set(sent.listed) == {f"{name}@example.com" for name in ("di", "ed", "fay", "hal", "ivy", "jan")}
    assert not sent.reported()


def test_any_of_them_is_removed_around_an_address_and_named_inside_one(send):
    unseen = ["\u200b", "\ufeff", "\u00ad", "\u202f", "\u2066", "\u3000", "\x7f", "\u2003\u200d"]
    around = [f"{each}A{n}@example.com{each}" for n, each in enumerate(unseen)]
    inside = [f"b{n}{each}@example.com" for n, each in enumerate(unseen)]

    sent = send(
        "id,address\n"
        + "".join(f"{address[:2]},{address}\n" for address in inside)
        + "".join(f"a{n},{address}\n" for n, address in enumerate(around)),
        {"email": "address"},
    )

    assert set(sent.listed) == {f"a{n}@example.com" for n in range(len(unseen))}
    assert sent.reported() == [(f"b{n}", REASON, "") for n in range(len(unseen))]


def test_no_letter_becomes_somebody_elses_address(send):
    others = "".join(f"{n},{letter}im@example.com\n" for n, letter in enumerate("\u212a\u0130\uff41\u0131"))

    sent = send(f"id,address\n9,kim@example.com\n{others}", {"email": "address"})

    assert set(sent.listed) == {"kim@example.com"}
    assert len(sent.reported()) == 4


def test_invisible_characters_around_other_values_are_not_on_the_list(send):
    values = ["\u200bAnn", "Bob\ufeff", "\u00adCy\u00a0", "\u2003", "D\u200di"]

    sent = send(people(values), {"first_name": "value"})

    assert list(sent.values("first_name").values()) == ["Ann", "Bob", "Cy", "", "D\u200di"]
