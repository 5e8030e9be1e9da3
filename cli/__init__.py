"""The top floor: the commands, the one reader of the environment, and the one place that wires things together."""

from cli import lean as lean  # first of all: it decides what the packages below load
