"""The benchmark: this project against a plain DuckDB script and against Dagster's own IO manager, on the same data.

    python -m bench [--rows year|10m] [--only floor,data,run,stock,growth] [--quick] [--folder DIR]

Each piece is measured in a child process of its own, so that seconds, processor time and peak memory are its own too.
`pieces.py` lists them; what one does is said in its module.
"""
