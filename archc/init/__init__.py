"""`archc init`: what a folder of data seems to hold, and a first spec for it. Neither torch nor numpy."""
