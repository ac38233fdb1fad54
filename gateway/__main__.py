"""Let `python -m gateway` be the command line."""

from gateway.commands import main

# Processes of `serve --workers` import this module too, under another name.
if __name__ == "__main__":
    main()
