"""What is said of a step that failed or is tried again is what went wrong, and not what Dagster wrapped it in."""

import dagster as dg
import pytest

from dataops_assets.failures import explanation
from dataops_assets.io.operation import WriteFailed


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        (WriteFailed("staged/t: not written"), OSError("the line is cut"), "staged/t: not written"),
        (OSError("the line is cut"), None, "OSError: the line is cut"),
        (RuntimeError("no answer"), WriteFailed("staged/t: not written"), "staged/t: not written"),
    ],
)
def test_an_error_is_explained_in_the_same_words_when_it_is_tried_again_and_when_it_is_not(
    error: Exception, cause: Exception | None, words: str
) -> None:
    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def failing() -> None:
        raise error from cause

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([failing], instance=instance, raise_on_error=False)
    [again] = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY]
    [failed] = result.get_step_failure_events()
    assert explanation(again.step_retry_data.error) == words
    assert explanation(failed.step_failure_data.error) == words


def test_without_an_error_nothing_is_said() -> None:
    assert explanation(None) == ""
