"""The platforms, one room each, loaded by name."""
