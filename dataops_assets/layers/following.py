"""When an asset that follows its inputs is made: the condition that the sensor `follow` evaluates, every half minute.

It looks at Dagster's events alone, so that a tick asks neither warehouse nor lake. What it asks for is made by the same
runs as ever, in which the ledger has the last word. So a condition that asks too much costs a run, and none can publish
what no receipt vouches for; one that asked too little would leave a table old in silence. Of what happened between two
ticks it therefore takes the order from the clock. Dagster's `eager()` does not: an input that was made after the table,
and before the tick, would be taken for one that the table has read.
"""

from collections.abc import Sequence

import dagster as dg
from dagster import AutomationCondition as AC

from dataops_assets.model.partitions import TimePartitions
from dataops_assets.transform.inputs import Input

FOLLOW = "follow"
"""The sensor."""


def follows(calendar: TimePartitions | None = None, inputs: Sequence[Input] = ()) -> AC:
    """Made once whenever an input was, or somebody let it through; not as long as that would come to nothing.

    calendar, inputs: of a derived table; left out for an asset that is made of one other with the same partitions.
    An input without partitions starts nothing where there are some: it would start all of them.
    """
    whole = [needed.table.asset for needed in inputs if calendar and needed.table.calendar is None]
    quiet = dg.AssetSelection.assets(*(dg.AssetKey(asset.split("/")) for asset in whole))

    def any_input(condition: AC) -> AC:
        found = AC.any_deps_match(condition)
        return found.ignore(quiet) if whole else found

    failed = AC.any_checks_match(AC.check_failed(), blocking_only=True)
    ready = (
        ~AC.any_deps_match(failed & ~AC.will_be_requested()).with_label("an input is held by a check")
        & (~AC.any_deps_missing() | ~AC.missing()).with_label("all that it reads is there, or it was made before")
        & (~AC.any_deps_in_progress() & ~AC.in_progress()).with_label("nothing of it is being made")
    )
    # Dagster keeps what a `since` remembers by the names of its two sides alone: no two may have the same pair.
    newer = any_input(AC.newly_updated())
    handled = AC.newly_requested() | AC.newly_updated()
    with_input = any_input(AC.will_be_requested().with_label("an input is made in the same run"))
    # What came in a run that was to make the table of it as well was seen, also if the table was refused then. Of a
    # range Dagster knows that of the last partition alone: of its own runs the sensor has to remember it.
    ours = AC.all_new_updates_have_run_tags(tag_values={"dagster/sensor_name": FOLLOW})
    asked_with = (with_input & ready).since(with_input & ~ready)
    alone = any_input(AC.newly_updated() & ~AC.executed_with_root_target() & ~ours) | (
        any_input(AC.newly_updated() & ~AC.executed_with_root_target() & ours) & ~asked_with
    )
    changed = (
        newer.since(AC.newly_updated()).with_label("an input is newer than it")
        & newer.since(AC.newly_requested()).with_label("and newer than the last request")
        & alone.since(handled & ~alone).with_label("and was made without it")
    ).with_label("an input has changed")
    passed = (AC.any_checks_match(AC.check_passed(), blocking_only=True) & ~failed).newly_true()
    let_through = (
        passed.since(AC.newly_updated() | AC.initial_evaluation()).with_label("its checks pass now, and did not")
        & passed.since(AC.newly_requested() & ~passed).with_label("and did not at the last request")
    ).with_label("somebody has let it through")
    return (
        (changed | let_through | with_input).with_label("there is something to do")
        & ready.with_label("nothing keeps it from being made")
    ).with_label("follows its inputs")
