"""Exported example specs in other people's runtimes and tools: `python -m tests.interop`."""
