-- The last sample's number; 0 where there is none.
SELECT coalesce(max(id), 0)
FROM samples
