"""Changes between two specs, as facts and in words."""
