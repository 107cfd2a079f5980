"""The command line's own room: what its commands share, how results read on a terminal and as JSON, and doctor."""
