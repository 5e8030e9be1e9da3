"""The top floor: the commands, the one reader of the environment, and the one place that wires things together."""
