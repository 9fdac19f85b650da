"""Statements that were put off and what is asked after them, in one job."""

import logging
from collections.abc import Sequence

from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.script import Question, Script, one_query
from dataops_assets.warehouse.errors import TransientError

_log = logging.getLogger(__name__)


def run_asked(jobs: Jobs, script: Script, answers: Sequence[Question]) -> None:
    """Run the script and fetch the answers; once more, asking what is to be asked otherwise, if there is none."""
    try:
        _run(jobs, script, answers)
    except JobFailed as error:
        optional = [(answer, answer.otherwise) for answer in answers if answer.otherwise]
        if not optional or isinstance(error, TransientError):
            raise
        _log.warning("asked for less, as the warehouse could not answer: %s", error)
        for answer, instead in optional:
            answer.sql = script.bind(*instead)
        _run(jobs, script, answers)


def _run(jobs: Jobs, script: Script, answers: Sequence[Question]) -> None:
    # The rows of a script are under no key of one's own, which those of a query can be.
    if script.statements and (jobs.kms_key or not answers):
        jobs.query(script.sql, script.parameters)
        script.statements.clear()
    if not answers:
        return
    query = answers[0].sql if len(answers) == 1 else one_query(answers)
    # The last statement of a script is the one whose rows are its own (`keyResultStatement`):
    # https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#ScriptOptions
    asking = Script()
    asking.statements, asking.parameters = [*script.statements, query], script.parameters
    found = jobs.answer(jobs.query(asking.sql, asking.parameters), lambda rows: [row.values() for row in rows])
    if len(answers) == 1:
        answers[0].rows = found
        return
    for answer, records in zip(answers, found[0], strict=True):
        answer.rows = [tuple(record.values()) for record in records]
