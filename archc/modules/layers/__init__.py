"""Layers that torch has no module for, a file a family."""
