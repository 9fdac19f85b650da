"""What nothing needs any more is deleted, by a declared retention: versions, raw attempts, Dagster's runs, messages.

Elsewhere nothing is ever deleted of a lake. A record comes first (`lake/prunings.py`), and each object is deleted by
the generation that was seen when it was decided, its manifest before all else: so a process may be killed in between,
and who works at the same time loses nothing.
"""
