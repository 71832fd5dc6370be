"""`python -m app` is the `carelane` command."""

from app.cli import main

if __name__ == "__main__":
    main()
