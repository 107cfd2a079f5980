-- A sample that was found in a damaged file.
INSERT INTO samples (id, trader, day, at_us, source, readings)
VALUES (:id, :trader, :day, :at_us, :source, :readings)
ON CONFLICT (id) DO NOTHING
