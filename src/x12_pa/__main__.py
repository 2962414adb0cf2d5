"""Run the command line as `python -m x12_pa`."""

from x12_pa.cli import main

if __name__ == "__main__":
    main()
