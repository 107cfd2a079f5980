-- What every connection to the embedded ledger needs: a commit that was reported has reached the disk.
PRAGMA synchronous = FULL;
