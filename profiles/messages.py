"""What people read about profile sources: what happened and what to do next, by the code that rows and errors keep."""

from django.utils.translation import gettext_noop as _

from web.messages import Text, ngettext_noop, register

from .files.messages import FILES

_UPLOAD_AGAIN = _("Upload the file again.")
_ASK_ADMINISTRATOR = _("Try again; if it fails again, show this to your administrator.")

_IMPORTS = {
    "import_under_way": Text(
        _("A file is being imported into “%(source)s” right now."), _("Wait until that is done, then try again.")
    ),
    "import_interrupted": Text(_("The import was interrupted."), _UPLOAD_AGAIN),
    "import_gave_up": Text(
        _("The import was interrupted several times, so we stopped."),
        _(
            "Upload the file again; if that happens again, divide it into smaller files for several sources, or show "
            "this to your administrator."
        ),
    ),
    "import_too_long": Text(
        _("The file was not imported within %(minutes)s minutes, so the import was stopped."),
        _("Upload it as Parquet, which is read faster, or with fewer columns or profiles."),
    ),
    "import_failed": Text(_("The import failed unexpectedly."), _ASK_ADMINISTRATOR),
    "import_gave_up_waiting": Text(
        _("For hours the file storage could not be reached, or the disk was full, so the import was given up."),
        _("Upload the file again once that is cured."),
    ),
    # Of profiles that were imported all the same
    "no_email_column": Text(
        _("No column looks like email addresses. These profiles can be put in segments, but not exported.")
    ),
    "csv_damage_marked": Text(
        **ngettext_noop(
            "%(count)s value of the file was damaged: each letter that is lost is marked �. It stands in the column "
            "%(columns)s, on line %(lines)s.",
            "%(count)s values of the file were damaged: each letter that is lost is marked �. They stand in the "
            "columns %(columns)s; the first lines are %(lines)s.",
        ),
        next_step=_(
            "Email addresses with the mark are left out of exports, other values are sent with it. Correct the file "
            "and upload it again, or find these customers by the condition “contains �” in a segment."
        ),
    ),
    "csv_names_damaged": Text(
        _("These names of columns were damaged: each letter that is lost is marked �: %(names)s."),
        _("Correct the first line of the file and upload it again, before anything is made of these columns."),
    ),
    "csv_rows_short": Text(
        **ngettext_noop(
            "%(count)s row has fewer values than the header has columns: the one on line %(line)s. The missing values "
            "are empty.",
            "%(count)s rows have fewer values than the header has columns, the first on line %(line)s. The missing "
            "values are empty.",
        ),
        next_step=_("If these rows are cut off, correct the file and upload it again."),
    ),
    "workbook_first_sheet": Text(
        _("Only the sheet “%(sheet)s” of the workbook was imported. Not imported: %(names)s."),
        _("To import another sheet, upload the file again and choose it (on the command line: --sheet)."),
    ),
    "columns_left_out": Text(_("These columns are of types that can't be attributes; they are left out: %(names)s.")),
    "column_rewritten": Text(
        **ngettext_noop(
            "The column “%(column)s” looks as if a spreadsheet had rewritten %(count)s value, such as 4155550123 as "
            "4.15555E+09.",
            "The column “%(column)s” looks as if a spreadsheet had rewritten %(count)s values, such as 4155550123 as "
            "4.15555E+09.",
        ),
        next_step=_("The digits are lost in this file: export it again without opening it in a spreadsheet."),
    ),
    "updated_column_without_dates": Text(
        _("The column “%(column)s” holds no dates, so it can't tell which profile was updated last."),
        _("Choose another one, or write its dates as 2026-01-31."),
    ),
    "segments_no_longer_fit": Text(
        _("The new profiles no longer fit these segments: %(segments)s."),
        _("Open each one and correct its conditions."),
    ),
}

_SOURCES = {
    "source_empty": Text(_("The profile source “%(source)s” has no profiles yet."), _("Upload a file to it first.")),
    "source_file_gone": Text(
        _("The profiles of “%(source)s” can't be read from the storage: the file is gone."), _("Upload it again.")
    ),
    "source_changed_meanwhile": Text(
        _("Somebody else saved this profile source while you had it open, so your change was not saved."),
        _("This is how it looks now: change it again if you still want to."),
    ),
    # Of words that programs write for "nothing"
    "words_are_empty": Text(
        **ngettext_noop(
            "%(count)s value of “%(name)s” counts as empty now: it is not sent, and the condition “is empty” finds it.",
            "%(count)s values of “%(name)s” count as empty now: they are not sent, and the condition “is empty” finds "
            "them.",
        ),
        next_step=_(
            "Dynamic segments are refreshed by themselves, static ones when somebody refreshes them. What was sent "
            "before stays at Constant Contact."
        ),
    ),
    "words_are_values": Text(
        **ngettext_noop(
            "%(count)s value of “%(name)s” counts as a value again: it is sent as it stands.",
            "%(count)s values of “%(name)s” count as values again: they are sent as they stand.",
        ),
        next_step=_("Dynamic segments are refreshed by themselves, static ones when somebody refreshes them."),
    ),
    "source_in_use": Text(
        _("The profile source “%(name)s” can't be deleted, because these use it: %(uses)s."), _("Delete them first.")
    ),
}

_DATABASES = {
    "driver_missing": Text(
        _("The driver for %(kind)s is not installed."),
        _("Install it with: pip install -r %(requirements)s, then restart web and workers."),
    ),
    "database_unreachable": Text(
        _("The database server “%(server)s” does not answer."),
        _("Check its address and port, and that its firewall lets this application in."),
    ),
    "wrong_password": Text(
        _("The database server “%(server)s” refused the user or the password."),
        _("Check both, and enter the password again."),
    ),
    "database_missing": Text(
        _("There is no database with that name on “%(server)s”."), _("Check the name of the database.")
    ),
    "database_not_encrypted": Text(
        _("No trusted encrypted connection to “%(server)s” could be made."),
        _("Check the encryption (TLS) setting and the certificate, or ask the server's administrator about them."),
    ),
    "database_too_long": Text(
        _("The database did not answer within %(seconds)s seconds."),
        _("Try again later, or ask its administrator for an index or a smaller view."),
    ),
    "database_refused": Text(
        _("The database “%(server)s” did not answer the query."),
        _("Test the connection of the profile source; if that works, try again later."),
    ),
    "secrets_unreadable": Text(
        _("The stored password of this profile source can't be read with the present encryption keys."),
        _("An administrator has to enter it again."),
    ),
    "table_missing": Text(
        _("There is no table or view “%(table)s” in the database."), _("Check the schema and the name of the table.")
    ),
    "table_no_rights": Text(
        _("The database user may not read “%(table)s”."),
        _("Ask the database's administrator to allow SELECT on it (and USAGE on its schema)."),
    ),
    "table_no_columns": Text(
        _("“%(table)s” has no column of text, numbers, dates or yes and no."),
        _("Choose another table, or a view of it."),
    ),
    "table_type_unknown": Text(
        _("A column of “%(table)s” is of a type that can't be read."),
        _("Choose a view that leaves it out or turns it into text."),
    ),
    "table_columns_changed": Text(
        _("The columns of “%(table)s” are no longer what they were."),
        _("Refresh the profile source, then look at its segments."),
    ),
    "table_column_missing": Text(
        _("“%(table)s” has no column “%(column)s” that may be read. Its columns are: %(names)s."), _("Choose one.")
    ),
    "table_key_repeated": Text(
        _(
            "The key column “%(column)s” must be different in every row, but “%(example)s” and perhaps others occur "
            "more than once."
        ),
        _("Choose another key column, or a view without the repeated rows."),
    ),
    "source_refresh_interrupted": Text(
        _("The refresh was interrupted several times, so we stopped."),
        _("Try again at a quieter time; if it fails again, show this to your administrator."),
    ),
    "source_refresh_gave_up": Text(
        _("For hours the disk was full or away, so the refresh was given up."), _("Refresh again once that is cured.")
    ),
    "source_refresh_failed": Text(_("The refresh failed unexpectedly."), _ASK_ADMINISTRATOR),
}

register({**FILES, **_IMPORTS, **_SOURCES, **_DATABASES})
