"""What an operator may type, one file a command."""
