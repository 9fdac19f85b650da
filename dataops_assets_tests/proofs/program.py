"""What another process does while a test does something else: polls production, or takes its own data through.

python -m dataops_assets_tests.proofs.program poll HOME STOP    until the file STOP exists; prints what it saw
python -m dataops_assets_tests.proofs.program write HOME NAME ROUNDS DAYS…
"""

import json
import sys
from collections import Counter
from pathlib import Path

from dataops_assets.warehouse.duckdb import DuckDBWarehouse
from dataops_assets_tests.proofs.broken import broken_for_good
from dataops_assets_tests.proofs.shop import clerk, offer_own, shop, take

QUESTIONS = {
    table: f"SELECT STRING_AGG(CAST(t AS VARCHAR), ';' ORDER BY CAST(t AS VARCHAR)) AS answer FROM {table} AS t"
    for table in ("production.sales", "production.trend")
}
"""Whole tables, in one text each: every row of every day in a stable order."""


def ask(warehouse: DuckDBWarehouse) -> dict[str, str]:
    """The answers to all questions."""
    return {table: warehouse.query(sql).to_pylist()[0]["answer"] for table, sql in QUESTIONS.items()}


def poll(home: Path, stop: Path) -> None:
    warehouse = shop(home).storage.warehouse
    seen: dict[str, Counter[str]] = {table: Counter() for table in QUESTIONS}
    print("ready", flush=True)
    while not stop.exists():
        for table, sql in QUESTIONS.items():
            try:
                answer = str(warehouse.query(sql).to_pylist()[0]["answer"])
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            seen[table][answer] += 1
    print(json.dumps(seen))


def write(home: Path, name: str, rounds: int, days: list[str]) -> None:
    project = clerk(home, name)
    for number in range(rounds):
        for day in days:
            offer_own(home, name, [day], number)
            take(project, [day])


def main() -> None:
    task, home, *arguments = sys.argv[1:]
    if "--broken" in arguments:
        place = arguments.index("--broken")
        broken_for_good(arguments[place + 1])
        del arguments[place : place + 2]
    if task == "poll":
        poll(Path(home), Path(arguments[0]))
    else:
        write(Path(home), arguments[0], int(arguments[1]), arguments[2:])


if __name__ == "__main__":
    main()
