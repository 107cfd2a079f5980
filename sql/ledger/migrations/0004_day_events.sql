-- Only the views are new: day_events.
PRAGMA user_version = 4;
