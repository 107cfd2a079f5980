-- The days on which a trader has an entry of a kind; the index on both knows them.
SELECT DISTINCT day
FROM entries
WHERE trader = :trader AND kind = :kind AND day IS NOT NULL
