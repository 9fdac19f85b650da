"""The lake: its stores, attempts, manifests and versions, through their public functions and on real files."""
