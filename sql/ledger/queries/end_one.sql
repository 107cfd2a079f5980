-- One of several appends of a transaction has ended.
RELEASE one_append
