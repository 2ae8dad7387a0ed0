"""Reading image files, for training and for serving: one file gives the same pixels, or the same refusal."""
