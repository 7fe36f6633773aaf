"""When something is due: pure functions of a timetable and a moment, without a table and without a clock."""
