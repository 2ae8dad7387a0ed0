"""What people look at: drawings of a model."""
