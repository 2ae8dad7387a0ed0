"""The version of archc, on a floor that every file may ask."""

__version__ = "0.1.0"
