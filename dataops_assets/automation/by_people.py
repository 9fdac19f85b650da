"""What the jobs have in common by which people decide something from the UI: one step, who and why."""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

WHO = {
    "reason": dg.Field(str, description="Why; it is kept for good."),
    "by": dg.Field(str, description="Who decides; Dagster does not know its users."),
}


def job_of(
    name: str, of: str, description: str, config: Mapping[str, Any], carry_out: Callable[[dg.OpExecutionContext], None]
) -> dg.JobDefinition:
    """The job `name`, whose one step `{name}_{of}` carries it out in the process of the run."""

    @dg.op(name=f"{name}_{of}", description=description, config_schema={**config, **WHO})
    def step(context: dg.OpExecutionContext) -> None:
        carry_out(context)

    @dg.job(name=name, description=description, executor_def=dg.in_process_executor)
    def job() -> None:
        step()

    return job


def refuse_unsaid(given: Mapping[str, Any]) -> None:
    """Raise ValueError unless somebody says who decides, and why."""
    if not given["reason"].strip() or not given["by"].strip():
        raise ValueError("reason and by: say who decides, and why; it is kept with what was decided")
