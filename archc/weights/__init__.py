"""Weight files without torch: read safely, then selected for a model; only `mapped` makes tensors of them.

Three steps that know nothing of each other's inside:

1. reading (`checkpoint`, over `torch_zip`, `torch_stream`, `inert_pickle`): a file becomes named `Stored`
   tensors, which are places in the file. Nothing in a file is executed, and no value is read.
2. selecting (`select`): which entry, below which prefix, under which names, fits what a model wants.
3. assigning (`mapped`, and `archc.modules`): the places become tensors over the mapped file.
"""
