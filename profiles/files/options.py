"""What a person may choose about how a file is read, where the file alone does not say."""

from typing import TypedDict

# The refusal after which a person may have the damaged letters marked.
DAMAGED = "csv_utf_8_damaged"


class ReadingOptions(TypedDict, total=False):
    """`encoding`: how the letters of a CSV file are stored. `mark_damaged`: bytes of it that are no letter become
    MARK, for this file only, instead of a refusal. `sheet`: the name of the sheet of a workbook."""

    encoding: str
    mark_damaged: bool
    sheet: str
