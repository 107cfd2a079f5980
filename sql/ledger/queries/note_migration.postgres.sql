-- Write down that a migration was applied.
INSERT INTO schema_version (version, name) VALUES (:version, :name)
