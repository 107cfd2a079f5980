-- A seal covers a trader's samples of a day from one number to another: they are found without counting up the day.
-- The number itself (id) stands in every index of SQLite's, as its last column.
CREATE INDEX samples_by_number ON samples (trader, day);

PRAGMA user_version = 3;
