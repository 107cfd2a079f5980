-- Whether an entry stands in the ledger.
SELECT EXISTS (SELECT FROM entries WHERE seq = :seq AND hash = :hash)
