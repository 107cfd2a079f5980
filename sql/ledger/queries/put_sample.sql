-- Put a sample where another ledger has it.
INSERT INTO samples (id, trader, day, at_us, source, readings)
VALUES (:id, :trader, :day, :at_us, :source, :readings)
