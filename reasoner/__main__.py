"""Run the command with ``python -m mtus.reasoner``."""

from mtus.reasoner.cli import main

if __name__ == "__main__":
    main()
