-- How many samples of a day there are, and the last one's number.
SELECT count(*), max(id)
FROM samples
WHERE trader = :trader AND day = :day
