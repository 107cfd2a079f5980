-- Take the write lock before the chain's end is read: two processes must not build on the same entry.
BEGIN IMMEDIATE
