"""local-bigquery as BigQuery behaves: what this project relies on and the emulator leaves out or does otherwise.

Runs in the stand-in's own environment, not in the project's. Each module replaces functions of the emulator's when
`install` is called; the pinned release of the emulator is part of that bargain.
"""
