"""Why a file is not imported, by the code that rows and errors keep."""

from django.utils.translation import gettext_noop as _

from web.messages import Text, ngettext_noop

_UPLOAD_AGAIN_FROM_EXCEL = _("Open it in Excel, save it again and upload that file.")
_CSV_UTF_8 = _("Save it as CSV UTF-8 and upload that file.")
_CORRECT_LINE = _("Correct that line, and upload the file again.")

FILES = {
    # Any file
    "file_empty": Text(_("The file is empty."), _("Choose a CSV file with a header line and one line per profile.")),
    "file_is_workbook": Text(
        _("This is a workbook or an archive, not a CSV file."),
        _("Open it in Excel, choose Save As and the type CSV UTF-8."),
    ),
    "file_without_profiles": Text(
        _("The file has a header but no profiles."), _("Add one line per profile, and upload it again.")
    ),
    "file_column_missing": Text(
        _("The file has no column “%(column)s”. Its columns are: %(names)s."), _("Choose one of them.")
    ),
    "key_column_empty": Text(
        **ngettext_noop(
            "The key column “%(column)s” is empty in %(count)s of %(rows)s row.",
            "The key column “%(column)s” is empty in %(count)s of %(rows)s rows.",
        ),
        count="rows",
        next_step=_("Choose a column that every profile has, or fill in the missing keys."),
    ),
    "key_column_repeated": Text(
        **ngettext_noop(
            "The key column “%(column)s” must be different in every row, but %(count)s of its values occurs more than "
            "once, for example “%(example)s”.",
            "The key column “%(column)s” must be different in every row, but %(count)s of its values occur more than "
            "once, for example “%(example)s”.",
        ),
        next_step=_("Choose another key column, or remove the repeated rows."),
    ),
    # CSV
    "csv_not_text": Text(
        _("This is not a CSV file."), _("Choose a text file with a header line and one line per profile.")
    ),
    "csv_encoding_unknown": Text(_("The encoding of the file is not recognized."), _CSV_UTF_8),
    "csv_encoding_unchosen": Text(
        _("The file is not stored as UTF-8. Its letters are probably stored as %(encoding)s, but nothing proves that."),
        _(
            "Choose how its letters are stored (on the command line: --encoding) and check that names with accents "
            "look right, or save the file as CSV UTF-8."
        ),
    ),
    "csv_encoding_misfit": Text(
        _("Line %(line)s of the file holds bytes at character %(column)s that are no letter in %(encoding)s."),
        _("Choose another encoding, or save the file as CSV UTF-8."),
    ),
    "csv_utf_8_damaged": Text(
        _("The file is UTF-8, but line %(line)s is damaged at character %(column)s: what stands there is no letter."),
        _(
            "Correct that line, save the file as CSV UTF-8 and upload it again; or choose to read the rest and mark "
            "the letters that are lost (on the command line: --mark-damaged)."
        ),
    ),
    "csv_mostly_damaged": Text(
        _(
            "Read as %(encoding)s, more than one value in ten is damaged (%(count)s of %(values)s): the letters of "
            "the file are stored in another way."
        ),
        _(
            "Upload it again and choose how its letters are stored (on the command line: --encoding), or save the "
            "file as CSV UTF-8."
        ),
    ),
    "csv_encoding_mixed": Text(_("The file is not written in %(encoding)s throughout."), _CSV_UTF_8),
    "csv_unreadable": Text(_("The file can't be read as CSV."), _CSV_UTF_8),
    "csv_unreadable_from_line": Text(
        _("The file can't be read as CSV from line %(line)s on."), _("Check that line, and upload the file again.")
    ),
    "csv_quote_open": Text(_("A quotation mark that opens on line %(line)s is not closed properly."), _CORRECT_LINE),
    "csv_line_too_long": Text(
        _("A line of the file is longer than 2 MB."), _("Check its quotation marks, and upload the file again.")
    ),
    "csv_line_misfit": Text(
        _("Line %(line)s of the file does not fit its header (columns: %(expected)s, values: %(found)s)."),
        _CORRECT_LINE,
    ),
    "csv_header_missing": Text(
        _("The first line of the file holds values (“%(value)s”), not the names of the columns."),
        _("Add a header line that names each column, and upload the file again."),
    ),
    "csv_columns_unnamed": Text(
        _("These columns have no name in the header: %(positions)s."),
        _("Name or remove them, and upload the file again."),
    ),
    "csv_columns_repeated": Text(
        _("These column names occur more than once: %(names)s."),
        _("Give each column a name of its own (capital letters make no difference), and upload the file again."),
    ),
    "csv_column_name_too_long": Text(
        _("The column name “%(name)s…” is too long."), _("Shorten it to 255 characters, and upload the file again.")
    ),
    "csv_too_many_columns": Text(
        **ngettext_noop(
            "The file has %(count)s column, more than this server has memory for.",
            "The file has %(count)s columns, more than this server has memory for.",
        ),
        next_step=_("Leave out columns that nobody needs, or ask your administrator to raise PLAN_MEMORY_LIMIT."),
    ),
    # Excel
    "workbook_damaged": Text(_("The workbook is damaged and can't be read to its end."), _UPLOAD_AGAIN_FROM_EXCEL),
    "workbook_sheet_missing": Text(
        _("The workbook has no sheet “%(sheet)s”. Its sheets are: %(names)s."), _("Choose one of them.")
    ),
    "workbook_too_large": Text(
        _("The workbook is too large: its texts take more than the %(megabytes)s MB there is memory for."),
        _("Open it in Excel, choose Save As and the type CSV UTF-8."),
    ),
    # Parquet
    "parquet_description_too_large": Text(
        _("The description at the end of the Parquet file is larger than %(megabytes)s MB."),
        _("Write it with fewer columns or with larger row groups, and upload it again."),
    ),
    "parquet_no_columns": Text(
        _("The Parquet file has no column of text, numbers, dates or yes and no."), _("Choose another file.")
    ),
    "parquet_column_unnamed": Text(
        _("A column of the Parquet file has no name, or one of more than 255 characters."), _("Give it another one.")
    ),
    "parquet_damaged": Text(
        _("The Parquet file is damaged and can't be read."), _("Write it anew, and upload it again.")
    ),
    "parquet_encrypted": Text(
        _("The Parquet file is encrypted."), _("Write it without encryption, and upload it again.")
    ),
    "parquet_incomplete": Text(
        _("The Parquet file is not complete: its end is missing."), _("Copy or write it again, and upload that file.")
    ),
    "parquet_row_groups_too_large": Text(
        _("The row groups of the Parquet file are larger than this server has memory for."),
        _(
            "Write it with smaller ones, for example of 100,000 rows, or ask your administrator to raise "
            "PLAN_MEMORY_LIMIT."
        ),
    ),
}
