"""The benchmark: this project against a plain DuckDB script and against Dagster's own IO manager, on the same data.

`python -m bench` (or `make bench`) prints the tables; `docs` of what each piece does are in its module. Each measured
piece runs in a child process of its own, so that seconds, processor time and peak memory are its own too.
"""
