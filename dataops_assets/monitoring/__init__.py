"""What Prometheus is told: figures of the ledger and of Dagster's instance, served, printed or pushed.

`families` names them, `books` and `instance` find them, `collector` puts them together. None has a partition as label:
their number would grow with time.
"""
