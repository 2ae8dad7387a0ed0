"""A plan as the source text of a standalone PyTorch module: `archc eject`."""
