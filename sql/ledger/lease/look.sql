-- Who has the lease: a bot that stands by watches this row for changes.
SELECT epoch, holder, renewed_at FROM lease;
