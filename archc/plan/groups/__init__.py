"""Parameter groups and their learning rates."""
