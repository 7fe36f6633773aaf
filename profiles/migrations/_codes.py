"""What rows kept of messages before they kept codes: English sentences. Frozen: what is read anew is in <app>/messages.py.

Migrations of several apps use it, since a sentence about a file or a database may stand in a segment, a step or a run.
"""

CODES = {
    "The profile source “%(source)s” has no attribute “%(attribute)s”. Match another one, or upload a file with it.": "attribute_missing",
    "The table “%(table)s” of the profile source “%(source)s” has no column “%(attribute)s” that may be read. Match another attribute, or ask the database's administrator about it.": "attribute_missing_in_table",
    "Choose an attribute.": "attribute_not_chosen",
    "The profile source has no attribute “%(attribute)s”. Choose another one, or remove the condition.": "attribute_unknown",
    "Enter a lower and an upper bound for “%(attribute)s”.": "bounds_missing",
    "The lower bound of “%(attribute)s” is above the upper one. Swap them.": "bounds_swapped",
    "These columns hold lists, structures or bytes, which can't be attributes; they are left out: %(names)s.": "columns_left_out",
    "This condition can't be read. Remove it and add it again.": "condition_unreadable",
    "The column name “%(name)s…” is too long. Shorten it to 255 characters, and upload the file again.": "csv_column_name_too_long",
    "These column names occur more than once: %(names)s. Give each column a name of its own (capital letters make no difference), and upload the file again.": "csv_columns_repeated",
    "These columns have no name in the header: %(positions)s. Name or remove them, and upload the file again.": "csv_columns_unnamed",
    "The file is not written in %(encoding)s throughout. Save it as CSV UTF-8 and upload that file.": "csv_encoding_mixed",
    "The encoding of the file is not recognized. Save it as CSV UTF-8 and upload that file.": "csv_encoding_unknown",
    "The first line of the file holds values (“%(value)s”), not the names of the columns. Add a header line that names each column, and upload the file again.": "csv_header_missing",
    "Line %(line)s of the file does not fit its header (columns: %(expected)s, values: %(found)s). Correct that line, and upload the file again.": "csv_line_misfit",
    "A line of the file is longer than 2 MB. Check its quotation marks, and upload the file again.": "csv_line_too_long",
    "This is not a CSV file. Choose a text file with a header line and one line per profile.": "csv_not_text",
    "A quotation mark that opens on line %(line)s is not closed properly. Correct that line, and upload the file again.": "csv_quote_open",
    "The file has %(count)s columns, more than this server has memory for. Leave out columns that nobody needs, or ask your administrator to raise PLAN_MEMORY_LIMIT.": "csv_too_many_columns",
    "The file can't be read as CSV. Save it as CSV UTF-8 and upload that file.": "csv_unreadable",
    "The file can't be read as CSV from line %(line)s on. Check that line, and upload the file again.": "csv_unreadable_from_line",
    "There is no database with that name on “%(server)s”. Check the name of the database.": "database_missing",
    "No trusted encrypted connection to “%(server)s” could be made. Check the encryption (TLS) setting and the certificate, or ask the server's administrator about them.": "database_not_encrypted",
    "The database “%(server)s” did not answer the query. Test the connection of the profile source; if that works, try again later.": "database_refused",
    "The database did not answer within %(seconds)s seconds. Try again later, or ask its administrator for an index or a smaller view.": "database_too_long",
    "The database server “%(server)s” does not answer. Check its address and port, and that its firewall lets this application in.": "database_unreachable",
    "“%(value)s” is not a date. Write it as year-month-day, for example 2026-01-31.": "date_invalid",
    "Enter the number of days as a whole number from 1 to %(most)s.": "days_invalid",
    "The disk is full, so nothing can be stored, and nothing was changed. Tell whoever operates this application: it works again as soon as there is room.": "disk_full",
    "The disk of the server is full. Ask your administrator to make room, then try again.": "disk_full",
    "The driver for %(kind)s is not installed. Install it with: pip install -r %(requirements)s, then restart web and workers.": "driver_missing",
    "The evaluation failed unexpectedly. Try again; if it fails again, show this to your administrator.": "evaluation_failed",
    "For hours the file storage could not be reached, or the disk was full, so the evaluation was given up. Refresh the segment once that is cured.": "evaluation_gave_up",
    "The evaluation was interrupted several times. Refresh the segment to try again.": "evaluation_interrupted",
    "The members were not known within %(minutes)s minutes, so the evaluation was stopped. Refresh the segment at a quieter time, or divide its conditions among several segments.": "evaluation_too_long",
    "The file has no column “%(column)s”. Its columns are: %(names)s. Choose one of them.": "file_column_missing",
    "The file is empty. Choose a CSV file with a header line and one line per profile.": "file_empty",
    "This is a workbook or an archive, not a CSV file. Open it in Excel, choose Save As and the type CSV UTF-8.": "file_is_workbook",
    "The file has a header but no profiles. Add one line per profile, and upload it again.": "file_without_profiles",
    "This group has no conditions. Add one to it, or remove the group.": "group_empty",
    "The groups are nested too deeply. Move some conditions to a segment of their own.": "groups_too_deep",
    "The import failed unexpectedly. Try again; if it fails again, show this to your administrator.": "import_failed",
    "The import was interrupted several times, so we stopped. Upload the file again; if that happens again, divide it into smaller files for several sources, or show this to your administrator.": "import_gave_up",
    "For hours the file storage could not be reached, or the disk was full, so the import was given up. Upload the file again once that is cured.": "import_gave_up_waiting",
    "The import was interrupted. Upload the file again.": "import_interrupted",
    "The file was not imported within %(minutes)s minutes, so the import was stopped. Upload it as Parquet, which is read faster, or with fewer columns or profiles.": "import_too_long",
    "A file is being imported into “%(source)s” right now. Wait until that is done, then try again.": "import_under_way",
    "The key column “%(column)s” is empty in %(count)s of %(rows)s rows. Choose a column that every profile has, or fill in the missing keys.": "key_column_empty",
    "The key column “%(column)s” must be different in every row, but %(count)s of its values occur more than once, for example “%(example)s”. Choose another key column, or remove the repeated rows.": "key_column_repeated",
    "The members could not be counted within %(seconds)s seconds. You can run the segment all the same: that may take longer.": "live_count_too_long",
    "No column looks like e-mail addresses. These profiles can be put in segments, but not exported.": "no_email_column",
    "“%(value)s” is not a number. Write it with digits and at most one point, for example 19.90.": "number_invalid",
    "This comparison does not fit the values of “%(attribute)s”. Choose another one.": "operator_misfit",
    "Choose how to compare “%(attribute)s”.": "operator_not_chosen",
    "A column of the Parquet file has no name, or one of more than 255 characters. Give it another one.": "parquet_column_unnamed",
    "The Parquet file is damaged and can't be read. Write it anew, and upload it again.": "parquet_damaged",
    "The description at the end of the Parquet file is larger than %(megabytes)s MB. Write it with fewer columns or with larger row groups, and upload it again.": "parquet_description_too_large",
    "The Parquet file is encrypted. Write it without encryption, and upload it again.": "parquet_encrypted",
    "The Parquet file is not complete: its end is missing. Copy or write it again, and upload that file.": "parquet_incomplete",
    "The Parquet file has no column of text, numbers, dates or yes and no. Choose another file.": "parquet_no_columns",
    "The row groups of the Parquet file are larger than this server has memory for. Write it with smaller ones, for example of 100,000 rows, or ask your administrator to raise PLAN_MEMORY_LIMIT.": "parquet_row_groups_too_large",
    "The stored profiles of “%(source)s” are damaged. Upload the file again.": "profiles_damaged",
    "The refresh was interrupted several times without getting further, so we stopped. Start it again; if that happens again, show this to your administrator.": "refresh.gave_up",
    "The refresh could not be started; the server's log says why. Start it by hand; if that fails too, show this to your administrator.": "refresh.not_started",
    "This rule has no conditions. Add one to it, or remove the rule.": "rule_empty",
    "Choose how this rule is combined with those before: Union, Intersect or Except.": "rule_not_combined",
    "A segment can have up to %(most)s rules. Remove some of them.": "rules_too_many",
    "These rules can't be read. Reload the page and build them again.": "rules_unreadable",
    "The stored password of this profile source can't be read with the present encryption keys. An administrator has to enter it again.": "secrets_unreadable",
    "One of the segments no longer exists. Select from the segments below.": "segment_deleted",
    "The segment “%(name)s” can't be deleted, because these use it: %(uses)s. Take it out of them first.": "segment_in_use",
    "The segment “%(segment)s” is inactive. Activate it, or take it out of the export.": "segment_inactive",
    "The new profiles no longer fit these segments: %(segments)s. Open each one and correct its conditions.": "segments_no_longer_fit",
    "The profile source “%(source)s” has no profiles yet. Upload a file to it first.": "source_empty",
    "The profiles of “%(source)s” can't be read from the storage. Try again later, or upload the file again.": "source_file_gone",
    "The profiles of “%(source)s” can't be read from the storage: the file is gone. Upload it again.": "source_file_gone",
    "The profile source “%(name)s” can't be deleted, because these use it: %(uses)s. Delete them first.": "source_in_use",
    "The refresh failed unexpectedly. Try again; if it fails again, show this to your administrator.": "source_refresh_failed",
    "For hours the disk was full or away, so the refresh was given up. Refresh again once that is cured.": "source_refresh_gave_up",
    "The refresh was interrupted several times, so we stopped. Try again at a quieter time; if it fails again, show this to your administrator.": "source_refresh_interrupted",
    "The profile source “%(source)s” has another key attribute now, so the members of the static segment “%(segment)s” can't be found in it. Refresh the segment.": "static_key_changed",
    "The members of “%(segment)s” can't be read from the storage: the file is gone. Refresh the segment.": "static_members_gone",
    "The stored members of “%(segment)s” can't be read from the storage. Try again later, or refresh the segment.": "static_members_gone",
    "The members of the static segment “%(segment)s” are not known yet. Refresh it first.": "static_members_unknown",
    "Something went wrong on our side each time this was tried; the server's log says what. Start the refresh again; if that happens again, show this to your administrator.": "refresh.unexpected",
    "Somebody stopped the evaluation of this segment each time, so the refresh went on without it. Refresh the segment, or start the refresh again.": "refresh.evaluation_stopped",
    "The file storage can't be reached at the moment, and nothing was changed. Try again in a minute. If it stays like this, tell whoever operates this application.": "storage_unreachable",
    "“%(table)s” has no column “%(column)s” that may be read. Its columns are: %(names)s. Choose one.": "table_column_missing",
    "The columns of “%(table)s” are no longer what they were. Refresh the profile source, then look at its segments.": "table_columns_changed",
    "The key column “%(column)s” must be different in every row, but “%(example)s” and perhaps others occur more than once. Choose another key column, or a view without the repeated rows.": "table_key_repeated",
    "There is no table or view “%(table)s” in the database. Check the schema and the name of the table.": "table_missing",
    "“%(table)s” has no column of text, numbers, dates or yes and no. Choose another table, or a view of it.": "table_no_columns",
    "The database user may not read “%(table)s”. Ask the database's administrator to allow SELECT on it (and USAGE on its schema).": "table_no_rights",
    "A column of “%(table)s” is of a type that can't be read. Choose a view that leaves it out or turns it into text.": "table_type_unknown",
    "The value holds characters that no text can have. Type it again.": "text_invalid",
    "Enter a text of up to %(most)s characters.": "text_too_long",
    "The column “%(column)s” holds no dates, so it can't tell which profile was updated last. Choose another one, or write its dates as 2026-01-31.": "updated_column_without_dates",
    "Enter a value to compare “%(attribute)s” with.": "value_missing",
    "Enter at least one value to compare “%(attribute)s” with.": "values_missing",
    "A condition can have up to %(most)s values. Remove some of them.": "values_too_many",
    "The disk is full. This goes on by itself as soon as there is room: tell whoever operates this application.": "waits_for_room",
    "The file storage can't be reached. This goes on by itself as soon as it can. If it takes long, tell whoever operates this application.": "waits_for_storage",
    "The database server “%(server)s” refused the user or the password. Check both, and enter the password again.": "wrong_password",
    "Choose yes or no.": "yes_no_missing",
}
DETAILS = {"most": "limit"}  # what has another name since


def with_code(stored):
    """Return {"code", "details"} for {"msgid", "params"}, and beside them what else was stored. Others stay the same."""
    if not isinstance(stored, dict) or stored.get("msgid") not in CODES:
        return stored
    rest = {name: value for name, value in stored.items() if name not in ("msgid", "params")}
    details = {DETAILS.get(name, name): value for name, value in stored.get("params", {}).items()}
    return {"code": CODES[stored["msgid"]], "details": details, **rest}


def convert(rows, column):
    """Write codes into a column of rows, which holds one message or a list of them."""
    for pk, stored in list(rows.exclude(**{column: {}}).exclude(**{column: []}).values_list("pk", column)):
        new = [with_code(one) for one in stored] if isinstance(stored, list) else with_code(stored)
        if new != stored:
            rows.filter(pk=pk).update(**{column: new})
