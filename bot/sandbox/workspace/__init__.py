"""A Slack workspace on this machine, as strict as Slack is, with a page that looks like a channel."""
