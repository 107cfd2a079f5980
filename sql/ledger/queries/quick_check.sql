-- Whether the file can be read throughout: the one row `ok`, or what is wrong with it.
PRAGMA quick_check(3)
