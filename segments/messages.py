"""What people read about segments: what happened and what to do next, by the code that rows and errors keep."""

from django.utils.translation import gettext_noop as _

from web.messages import Text, register

_REFRESH_SEGMENT = _("Refresh the segment.")
_REMOVE_SOME = _("Remove some of them.")

_EVALUATIONS = {
    "evaluation_interrupted": Text(
        _("The evaluation was interrupted several times."), _("Refresh the segment to try again.")
    ),
    "evaluation_too_long": Text(
        _("Counting the members took longer than %(minutes)s minutes and was stopped."),
        _("Refresh the segment at a quieter time, or divide its conditions among several segments."),
    ),
    "evaluation_gave_up": Text(
        _("For hours the file storage could not be reached, or the disk was full, so the evaluation was given up."),
        _("Refresh the segment once that is cured."),
    ),
    "evaluation_failed": Text(
        _("The evaluation failed unexpectedly."), _("Try again; if it fails again, show this to your administrator.")
    ),
    "live_count_too_long": Text(
        _("The members could not be counted within %(seconds)s seconds."),
        _("You can run the segment all the same: that may take longer."),
    ),
}

_MEMBERS = {
    "segment_inactive": Text(
        _("The segment “%(segment)s” is inactive."), _("Activate it, or take it out of the export.")
    ),
    "segment_deleted": Text(_("One of the segments no longer exists."), _("Select from the segments below.")),
    "segment_in_use": Text(
        _("The segment “%(name)s” can't be deleted, because these use it: %(uses)s."), _("Take it out of them first.")
    ),
    "static_members_unknown": Text(
        _("The members of the static segment “%(segment)s” are not known yet."), _("Refresh it first.")
    ),
    "static_key_changed": Text(
        _(
            "The profile source “%(source)s” has another key attribute now, so the members of the static segment "
            "“%(segment)s” can't be found in it."
        ),
        _REFRESH_SEGMENT,
    ),
    "static_members_gone": Text(
        _("The members of “%(segment)s” can't be read from the storage: the file is gone."), _REFRESH_SEGMENT
    ),
    "profiles_damaged": Text(_("The stored profiles of “%(source)s” are damaged."), _("Upload the file again.")),
    "attribute_missing": Text(
        _("The profile source “%(source)s” has no attribute “%(attribute)s”."),
        _("Match another one, or upload a file with it."),
    ),
    "attribute_missing_in_table": Text(
        _("The table “%(table)s” of the profile source “%(source)s” has no column “%(attribute)s” that may be read."),
        _("Match another attribute, or ask the database's administrator about it."),
    ),
}

_RULES = {
    "rules_unreadable": Text(_("These rules can't be read."), _("Reload the page and build them again.")),
    "rules_too_many": Text(_("A segment can have up to %(limit)s rules."), _REMOVE_SOME),
    "rule_not_combined": Text(_("Choose how this rule is combined with those before: Union, Intersect or Except.")),
    "rule_empty": Text(_("This rule has no conditions."), _("Add one to it, or remove the rule.")),
    "group_empty": Text(_("This group has no conditions."), _("Add one to it, or remove the group.")),
    "groups_too_deep": Text(
        _("The groups are nested too deeply."), _("Move some conditions to a segment of their own.")
    ),
    "condition_unreadable": Text(_("This condition can't be read."), _("Remove it and add it again.")),
    "attribute_not_chosen": Text(_("Choose an attribute.")),
    "attribute_unknown": Text(
        _("The profile source has no attribute “%(attribute)s”."), _("Choose another one, or remove the condition.")
    ),
    "operator_not_chosen": Text(_("Choose how to compare “%(attribute)s”.")),
    "operator_misfit": Text(_("This comparison does not fit the values of “%(attribute)s”."), _("Choose another one.")),
    "value_missing": Text(_("Enter a value to compare “%(attribute)s” with.")),
    "values_missing": Text(_("Enter at least one value to compare “%(attribute)s” with.")),
    "values_too_many": Text(_("A condition can have up to %(limit)s values."), _REMOVE_SOME),
    "bounds_missing": Text(_("Enter a lower and an upper bound for “%(attribute)s”.")),
    "bounds_swapped": Text(_("The lower bound of “%(attribute)s” is above the upper one."), _("Swap them.")),
    "days_invalid": Text(_("Enter the number of days as a whole number from 1 to %(limit)s.")),
    "yes_no_missing": Text(_("Choose yes or no.")),
    "text_too_long": Text(_("Enter a text of up to %(limit)s characters.")),
    "text_invalid": Text(_("The value contains invalid characters."), _("Type it again.")),
    "number_invalid": Text(
        _("“%(value)s” is not a number."), _("Write it with digits and at most one point, for example 19.90.")
    ),
    "date_invalid": Text(_("“%(value)s” is not a date."), _("Write it as year-month-day, for example 2026-01-31.")),
}

register({**_EVALUATIONS, **_MEMBERS, **_RULES})
