"""``python -m tuilab``: the command, where its script is not on the path."""

from tuilab.cli.main import main

if __name__ == "__main__":
    main()
