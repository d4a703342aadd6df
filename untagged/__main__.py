"""`python -m untagged` is the command line."""

from untagged.cli import main

if __name__ == "__main__":
    main()
