"""Slack in and out: listeners, access, cards. Nothing outside this room knows a block."""
