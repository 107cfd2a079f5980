-- One of several appends of a transaction is undone; those before it stay.
ROLLBACK TO one_append
