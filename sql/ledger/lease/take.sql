-- Takes the lease, if nobody has renewed or taken it since it was looked at. Appends under the old epoch that are under
-- way end first; later ones are refused.
UPDATE lease SET epoch = epoch + 1, holder = %(holder)s, renewed_at = clock_timestamp()
WHERE epoch = %(epoch)s AND renewed_at = %(renewed_at)s
RETURNING epoch;
