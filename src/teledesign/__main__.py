"""`python -m teledesign` is the command line."""

from teledesign.cli import main

main()
