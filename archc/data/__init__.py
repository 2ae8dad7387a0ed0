"""The spec's `[data]` as examples, and as batches on their way to a device."""
