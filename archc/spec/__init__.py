"""The language: what a spec may say, as plain frozen data."""
