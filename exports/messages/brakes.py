"""Why a brake holds a run: what was measured, and the limit that it passed."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text, ngettext_noop

# By the code of a brake. `value` is what is compared with `limit`: a share in percent, or a number of people.
BRAKES: Mapping[str, Text] = {
    "empty": Text(
        gettext_noop("The selected segments have no members."),
        gettext_noop("Check the rules of the segments and whether their source is up to date."),
    ),
    "shrank": Text(
        gettext_noop(
            "The segments have %(value)s%% fewer profiles than at the last run: %(now)s instead of %(whole)s. "
            "The limit is %(limit)s%%."
        )
    ),
    "grew": Text(
        gettext_noop(
            "The segments have %(value)s%% more profiles than at the last run: %(now)s instead of %(whole)s. "
            "The limit is %(limit)s%%."
        )
    ),
    "new_people": Text(
        **ngettext_noop(
            "%(value)s person would be new to the list. The limit is %(limit)s.",
            "%(value)s people would be new to the list. The limit is %(limit)s.",
        ),
        count="value",
    ),
    "removed": Text(
        **ngettext_noop(
            "%(part)s person would be removed from the list, %(value)s%% of the %(whole)s on it. "
            "The limit is %(limit)s%%.",
            "%(part)s people would be removed from the list, %(value)s%% of the %(whole)s on it. "
            "The limit is %(limit)s%%.",
        ),
        count="part",
    ),
    "left_out": Text(
        **ngettext_noop(
            "%(part)s of %(whole)s profiles would be left out because of its data, %(value)s%% of all. "
            "The limit is %(limit)s%%.",
            "%(part)s of %(whole)s profiles would be left out because of their data, %(value)s%% of all. "
            "The limit is %(limit)s%%.",
        ),
        count="part",
    ),
    "contract": Text(
        gettext_noop(
            "The account would have up to %(value)s active contacts, and its contract has %(limit)s. Whoever is not "
            "known to be on the list counts as new."
        ),
        gettext_noop("Look at the contract at Constant Contact first: more contacts may cost more."),
    ),
    "automations": Text(
        **ngettext_noop(
            "Up to %(value)s person would start automations of the list. The connection allows %(limit)s.",
            "Up to %(value)s people would start automations of the list. The connection allows %(limit)s.",
        ),
        count="value",
    ),
}
