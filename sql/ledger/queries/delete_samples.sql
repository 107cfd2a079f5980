-- Let go of a day's samples up to a number; the trigger lets go only of what the chain says is retired.
DELETE FROM samples
WHERE trader = :trader AND day = :day AND id <= :last
