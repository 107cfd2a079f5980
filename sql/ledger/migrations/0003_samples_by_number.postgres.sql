-- A seal covers a trader's samples of a day from one number to another: they are found without counting up the day.
CREATE INDEX samples_by_number ON samples (trader, day, id);
