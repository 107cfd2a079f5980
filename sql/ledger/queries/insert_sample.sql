-- Store one sample.
INSERT INTO samples (trader, day, at_us, source, readings)
VALUES (:trader, :day, :at_us, :source, :readings)
