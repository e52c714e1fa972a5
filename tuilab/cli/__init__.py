"""The command line: one file a command, each a few lines over the parts below it.

Nothing heavy is imported before a command runs: ``tuilab --help`` loads Typer and nothing else.
"""
