"""A file each; all that a new dataset needs is a file here."""
