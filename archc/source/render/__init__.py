"""Diagnostics rendered: text, GitHub, SARIF, JSON."""
