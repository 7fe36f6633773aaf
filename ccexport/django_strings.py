"""Texts of Django that our catalogue says better in Chinese. Never imported: makemessages reads it.

Django's own says "4 月前" for 4 months ago (or is it before April?), calls people 你 where we say 您, and its words for
first and last name are not those of the data matching.
"""

from django.utils.translation import gettext_noop, ngettext_lazy, npgettext_lazy

# How long ago; a no-break space between number and word, as Django has it
ngettext_lazy("%(num)d year", "%(num)d years")
ngettext_lazy("%(num)d month", "%(num)d months")
ngettext_lazy("%(num)d week", "%(num)d weeks")
ngettext_lazy("%(num)d day", "%(num)d days")
ngettext_lazy("%(num)d hour", "%(num)d hours")
ngettext_lazy("%(num)d minute", "%(num)d minutes")
npgettext_lazy("naturaltime-past", "%(num)d year", "%(num)d years")
npgettext_lazy("naturaltime-past", "%(num)d month", "%(num)d months")
npgettext_lazy("naturaltime-past", "%(num)d week", "%(num)d weeks")
npgettext_lazy("naturaltime-past", "%(num)d day", "%(num)d days")
npgettext_lazy("naturaltime-past", "%(num)d hour", "%(num)d hours")
npgettext_lazy("naturaltime-past", "%(num)d minute", "%(num)d minutes")
npgettext_lazy("naturaltime-future", "%(num)d year", "%(num)d years")
npgettext_lazy("naturaltime-future", "%(num)d month", "%(num)d months")
npgettext_lazy("naturaltime-future", "%(num)d week", "%(num)d weeks")
npgettext_lazy("naturaltime-future", "%(num)d day", "%(num)d days")
npgettext_lazy("naturaltime-future", "%(num)d hour", "%(num)d hours")
npgettext_lazy("naturaltime-future", "%(num)d minute", "%(num)d minutes")
ngettext_lazy("a second ago", "%(count)s seconds ago")
ngettext_lazy("a minute ago", "%(count)s minutes ago")
ngettext_lazy("an hour ago", "%(count)s hours ago")
ngettext_lazy("a second from now", "%(count)s seconds from now")
ngettext_lazy("a minute from now", "%(count)s minutes from now")
ngettext_lazy("an hour from now", "%(count)s hours from now")
gettext_noop("%(delta)s from now")
gettext_noop("now")

# People and passwords
gettext_noop(
    "Please enter the correct %(username)s and password for a staff account. "
    "Note that both fields may be case-sensitive."
)
gettext_noop("Please enter a correct %(username)s and password. Note that both fields may be case-sensitive.")
gettext_noop("This account is inactive.")
gettext_noop("Log out")
gettext_noop("first name")
gettext_noop("last name")
gettext_noop("active")
gettext_noop("Designates whether this user should be treated as active. Unselect this instead of deleting accounts.")
gettext_noop("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.")
gettext_noop("A user with that username already exists.")
gettext_noop("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
gettext_noop("Your password can’t be too similar to your other personal information.")
gettext_noop("Your password can’t be a commonly used password.")
gettext_noop("Your password can’t be entirely numeric.")
gettext_noop("The password is too similar to the %(verbose_name)s.")
gettext_noop("This password is too common.")
gettext_noop("This password is entirely numeric.")
gettext_noop("The two password fields didn’t match.")
gettext_noop("Enter the same password as before, for verification.")
gettext_noop("Your old password was entered incorrectly. Please enter it again.")
gettext_noop(
    "Please enter your old password, for security’s sake, and then enter your new password twice "
    "so we can verify you typed it in correctly."
)
ngettext_lazy(
    "Your password must contain at least %(min_length)d character.",
    "Your password must contain at least %(min_length)d characters.",
)
ngettext_lazy(
    "This password is too short. It must contain at least %(min_length)d character.",
    "This password is too short. It must contain at least %(min_length)d characters.",
)

# Forms, lists and what they say afterwards
gettext_noop("This field is required.")
gettext_noop("Enter a valid email address.")
gettext_noop("Enter a valid date.")
gettext_noop("Enter a valid value.")
gettext_noop("The {name} “{obj}” was added successfully.")
gettext_noop("The {name} “{obj}” was changed successfully.")
gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below.")
gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below.")
gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below.")
gettext_noop("You may edit it again below.")
gettext_noop("Items must be selected in order to perform actions on them. No items have been changed.")
gettext_noop("No action selected.")
gettext_noop("Save and add another")
gettext_noop(" By %(filter_title)s ")
gettext_noop("This object doesn’t have a change history. It probably wasn’t added via this admin site.")
gettext_noop("You don’t have permission to view or edit anything.")
