"""Runs the command as a module: python -m wirewatch."""

from wirewatch.cli import main

main()
