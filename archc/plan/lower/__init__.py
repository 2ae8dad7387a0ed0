"""Lowering: every kind of model to nodes."""
