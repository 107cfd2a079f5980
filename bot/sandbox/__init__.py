"""A whole desk on this machine: paper trader, PostgreSQL, Prometheus stand-in and a Slack workspace."""
