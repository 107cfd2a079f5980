-- Only the views are new: what the bot does by itself in audit_trail, and the certificates of the clearance.
PRAGMA user_version = 8;
