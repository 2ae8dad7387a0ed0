"""Checks of a spec and its plan beyond what one field decides."""
