-- How many samples there are up to a number.
SELECT count(*)
FROM samples
WHERE id <= :last
