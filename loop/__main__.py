"""`python -m loop`: the command where no script `loop` is installed."""

from loop.cli import main

if __name__ == "__main__":
    main()
