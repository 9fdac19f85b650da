"""As `broken.py`: promises of the cloud's part of the implementation, each broken for the process it is called in."""

from collections.abc import Callable
from typing import Any

from dataops_assets.warehouse.bigquery import swap as bigquery_swap
from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets.warehouse.bigquery.runs import Runner, _Later
from dataops_assets.warehouse.bigquery.swap import BigQuerySwap

commit = BigQuerySwap.commit


def _alone(swap: BigQuerySwap, statements: list[str]) -> None:
    """Run statements, each as a job of its own, after what has to be there before."""
    swap._session.settle()
    swap._define()
    for statement in statements:
        used = {name: value for name, value in swap._script.parameters.items() if f"@{name}" in statement}
        swap._session.jobs.query(statement, used)
    swap._committed = swap._seen


def no_transaction() -> None:
    """A swap whose statements are committed one by one."""
    BigQuerySwap.commit = lambda swap: _alone(swap, swap._script.statements)  # type: ignore[method-assign]


def receipts_first() -> None:
    """The ledger says what is only about to be."""

    def receipts_and_then_rows(swap: BigQuerySwap) -> None:
        receipts = [each for each in swap._script.statements if each.startswith("INSERT") and "_ledger`" in each]
        _alone(swap, receipts)
        swap._script.statements = [each for each in swap._script.statements if each not in receipts]
        commit(swap)

    BigQuerySwap.commit = receipts_and_then_rows  # type: ignore[method-assign]


def done_twice() -> None:
    """A job whose answer is lost is sent again under another name, and a swap does not see that it has been made."""
    unless = bigquery_swap._unless

    def not_found(runner: Runner, work: Any, job_id: str, error: Exception, progress: Any) -> Any:
        # When the first is over: two at the same time would be told apart by BigQuery's own conflicts.
        if job := runner._get(work, job_id):
            runner._waited(work, job)
        progress.next()
        raise _Later(JobFailed(f"{work.what}: no answer"), error)

    Runner._found = not_found  # type: ignore[method-assign]
    bigquery_swap._unless = lambda condition, message: (
        "SELECT 0" if message == bigquery_swap.CONFLICT else unless(condition, message)
    )


BROKEN: dict[str, Callable[[], None]] = {
    "no transaction": no_transaction,
    "receipts first": receipts_first,
    "done twice": done_twice,
}
