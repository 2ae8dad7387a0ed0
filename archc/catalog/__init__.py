"""Facts without torch: what an op does to a shape, and what each body is inside."""
