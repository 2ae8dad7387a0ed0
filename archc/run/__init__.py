"""The folder of a run: its layout, its manifest, its beginning and its end; without torch."""
