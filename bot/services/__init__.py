"""What runs by itself: the session watch, the reminders and the outbox."""
