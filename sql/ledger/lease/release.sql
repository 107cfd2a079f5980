-- Lets go of the lease: who stands by need not wait until it is stale.
UPDATE lease SET holder = '', renewed_at = clock_timestamp() WHERE epoch = %(epoch)s;
