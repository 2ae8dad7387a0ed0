"""Diagnostics as values, their codes and pages."""
