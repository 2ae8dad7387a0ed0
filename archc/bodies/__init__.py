"""Recorded bodies: what each library model is inside, found, read and checked."""
