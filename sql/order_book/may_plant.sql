-- Let a self-test create its temporary tables; must come before the first query of the transaction.
SET TRANSACTION READ WRITE
