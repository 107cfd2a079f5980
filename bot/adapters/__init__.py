"""The outside world behind the ports: HTTP, SQL, processes, calendars and timers."""
