"""Domain values as Block Kit, with the words a person reads beside them."""
