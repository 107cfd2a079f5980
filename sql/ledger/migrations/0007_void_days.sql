-- Only the views are new: void days, and who signed a clearance off.
PRAGMA user_version = 7;
