"""The front door: what `import archc` offers in Python. Tensor libraries are imported when needed."""
