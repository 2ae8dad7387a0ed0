"""A file for each kind of data: its examples, and how they are found."""
