"""What an operator may type, one file a command.

A command is a module: its docstring is its help, `ROLE` who may run it, `Options` what may follow its name, and `run`
what it does. It knows ports and values, never Slack and never the terminal.
"""
