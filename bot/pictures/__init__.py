"""The picture of a session: what the bot saw from the open to the close, on one line of time.

It is drawn in a process of its own (`python -m bot.pictures`), so that no scrape ever waits for it.
"""
