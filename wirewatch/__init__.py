"""The wirewatch command: it wires the stages together and runs them."""

__version__ = "0.1.0"
