"""What an attribute of a profile can be called at Constant Contact: the fields an import takes, in groups, with labels.

A target is the key of a field in an import ("first_name", "cf:loyalty_level"). `custom` maps the targets of custom
fields to the labels they have in the account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from constant_contact import IMPORT_FIELDS, MAX_CUSTOM_FIELDS
from constant_contact.fields import ADDRESS_FAMILIES, MAX_ADDRESSES, MAX_PHONES, PHONE_FIELDS

EMAIL = "email"
CUSTOM_PREFIX = "cf:"

# Labels of the documented product where it has one (Email, First name, Last name).
LABELS: Mapping[str, Promise] = {
    "email": _("Email"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "phone": _("Phone"),
    "mobile_phone": _("Mobile phone"),
    "home_phone": _("Home phone"),
    "work_phone": _("Work phone"),
    "other_phone": _("Other phone"),
    "street": _("Street"),
    "street2": _("Street, line 2"),
    "city": _("City"),
    "state": _("State"),
    "zip": _("Postal code"),
    "country": _("Country"),
    "home_street": _("Home street"),
    "home_street2": _("Home street, line 2"),
    "home_city": _("Home city"),
    "home_state": _("Home state"),
    "home_zip": _("Home postal code"),
    "home_country": _("Home country"),
    "work_street": _("Work street"),
    "work_street2": _("Work street, line 2"),
    "work_city": _("Work city"),
    "work_state": _("Work state"),
    "work_zip": _("Work postal code"),
    "work_country": _("Work country"),
    "other_street": _("Other street"),
    "other_street2": _("Other street, line 2"),
    "other_city": _("Other city"),
    "other_state": _("Other state"),
    "other_zip": _("Other postal code"),
    "other_country": _("Other country"),
    "company_name": _("Company"),
    "job_title": _("Job title"),
    "birthday_month": _("Birthday, month"),
    "birthday_day": _("Birthday, day"),
    "anniversary": _("Anniversary"),
}
GROUPS: Sequence[tuple[Promise, tuple[str, ...]]] = (
    (_("Name"), ("first_name", "last_name")),
    (_("Phone"), ("phone", "mobile_phone", "home_phone", "work_phone", "other_phone")),
    (_("Address"), ADDRESS_FAMILIES[""]),
    (_("Home address"), ADDRESS_FAMILIES["home"]),
    (_("Work address"), ADDRESS_FAMILIES["work"]),
    (_("Other address"), ADDRESS_FAMILIES["other"]),
    (_("Work"), ("company_name", "job_title")),
    (_("Dates"), ("birthday_month", "birthday_day", "anniversary")),
)

# Names that sources give such an attribute, in lower case and without anything but letters and digits.
_NAMES: Mapping[str, str] = {
    "email": "email emailaddress mail emailaddr primaryemail emailprimary email1 contactemail 电子邮件 邮箱 电子邮箱",
    "first_name": "firstname givenname forename fname first 名 名字",
    "last_name": "lastname surname familyname lname last 姓 姓氏",
    "mobile_phone": "mobile mobilephone mobilenumber cell cellphone 手机 手机号",
    "phone": "phone phonenumber telephone tel telephone1 phone1 电话",
    "home_phone": "homephone phonehome",
    "work_phone": "workphone phonework businessphone officephone",
    "street": "street address address1 addressline1 street1 streetaddress 街道 地址",
    "street2": "street2 address2 addressline2",
    "city": "city town 城市",
    "state": "state province stateprovince stateorprovince region 省 省份",
    "zip": "zip zipcode postalcode postcode postal 邮编 邮政编码",
    "country": "country countryregion countryname 国家",
    "company_name": "company companyname organization organisation employer 公司",
    "job_title": "jobtitle position 职位",
    "birthday_month": "birthdaymonth birthmonth",
    "birthday_day": "birthdayday dayofbirth",
    "anniversary": "anniversary",
}
_TARGET_OF = {name: target for target, names in _NAMES.items() for name in names.split()}


def label_of(target: str, custom: Mapping[str, str] | None = None) -> str:
    """Return what people call a target; a custom field nobody knows the label of keeps its name."""
    if target.startswith(CUSTOM_PREFIX):
        return (custom or {}).get(target, target.removeprefix(CUSTOM_PREFIX))
    return str(LABELS[target])


def in_order(mapping: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a data matching in the order of the form: Email first, custom fields last."""
    order = [EMAIL, *(name for _title, names in GROUPS for name in names)]
    return sorted(mapping.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))


def labelled(mapping: Mapping[str, str], custom: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a data matching as people read it: the label of each target and its attribute."""
    return [(label_of(target, custom), attribute) for target, attribute in in_order(mapping)]


def is_target(target: str) -> bool:
    """Whether an import may hold such a key; that a custom field exists is for the account to say."""
    return target in IMPORT_FIELDS or (target.startswith(CUSTOM_PREFIX) and len(target) > len(CUSTOM_PREFIX))


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the targets besides Email that every account has, by group: first and last name come first."""
    return [(str(title), [(name, str(LABELS[name])) for name in names]) for title, names in GROUPS]


def problems(targets: Iterable[str]) -> list[Promise]:
    """Return a sentence for each rule of an import that this choice of targets breaks."""
    chosen = set(targets)
    return [sentence for is_broken, sentence in _RULES if is_broken(chosen)]


def suggest(attributes: Iterable[str], looking_like_email: Sequence[str] = ()) -> dict[str, str]:
    """Return the targets that the names of attributes speak for, each with its attribute, Email first.

    `looking_like_email`: attributes whose values are addresses, the best filled first; one stands in when no
    name says e-mail.
    """
    found: dict[str, str] = {}
    for attribute in attributes:
        target = _TARGET_OF.get(re.sub(r"[\W_]", "", attribute.casefold()))
        if target is not None:
            found.setdefault(target, attribute)
    if EMAIL not in found and looking_like_email:
        found[EMAIL] = looking_like_email[0]
    return {target: found[target] for target in _sensible(found)}


def _sensible(found: Mapping[str, str]) -> list[str]:
    """The found targets in the order of the form, without those that would break a rule of the import."""
    birthday = ["birthday_month", "birthday_day"]
    kept: list[str] = []
    for target in [EMAIL, *(name for _title, names in GROUPS for name in names)]:
        if target in found and target not in birthday and not problems([*kept, target]):
            kept.append(target)
    return [*kept, *birthday] if set(birthday) <= set(found) else kept


def _families(chosen: set[str]) -> set[str]:
    return {family for family, names in ADDRESS_FAMILIES.items() if chosen & set(names)}


_RULES: Sequence[tuple[Callable[[set[str]], bool], Promise]] = (
    (
        lambda chosen: len(chosen & set(PHONE_FIELDS)) > MAX_PHONES,
        _("Constant Contact keeps at most 3 phone numbers per contact. Remove some of the phone attributes."),
    ),
    (
        lambda chosen: {"phone", "other_phone"} <= chosen,
        _("Constant Contact stores Phone and Other phone in the same place. Remove one of the two."),
    ),
    (
        lambda chosen: len(_families(chosen)) > MAX_ADDRESSES,
        _("Constant Contact keeps at most 3 addresses per contact. Remove the attributes of one address."),
    ),
    (
        lambda chosen: {"", "home"} <= _families(chosen),
        _("Constant Contact stores the address and the home address in the same place. Remove one of the two."),
    ),
    (
        lambda chosen: len(chosen & {"birthday_month", "birthday_day"}) == 1,
        _("Constant Contact takes a birthday only with both month and day. Add the other one, or remove both."),
    ),
    (
        lambda chosen: sum(target.startswith(CUSTOM_PREFIX) for target in chosen) > MAX_CUSTOM_FIELDS,
        _("Constant Contact keeps at most 25 custom fields per contact. Remove some of them."),
    ),
)
