-- From here on PostgreSQL refuses to write to any table that is not temporary.
SET TRANSACTION READ ONLY
