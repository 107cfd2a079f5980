"""The report of a day, or of a whole burn-in: one page that says why the verdict stands and what it rests on.

It is printed from what the ledger holds, and judges nothing anew. Each number names the entry that it was read from.
"""
