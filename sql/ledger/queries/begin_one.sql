-- One of several appends of a transaction begins: it is kept or undone as a whole.
SAVEPOINT one_append
