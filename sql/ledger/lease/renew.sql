-- Shows those who stand by that the holder is alive. No row: another bot has the lease.
UPDATE lease SET renewed_at = clock_timestamp() WHERE epoch = %(epoch)s RETURNING epoch;
