"""What changes between two specs, as facts and in words."""
