"""The job `verify_release`: what a release was deployed to is verified, and the topic is told what came of it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg

from dataops_assets.layers.catalog import Catalog
from dataops_assets.messages.message import FORM, ReleaseEvent, ReleaseMessage
from dataops_assets.messages.post import announce
from dataops_assets.settings import Settings
from dataops_assets.verification.verify import verify_all
from dataops_assets.warehouse.storage import Storage

NAME = "verify_release"
OP = "verify_all"
_LISTED = 5
_CONFIG = {
    "image": dg.Field(str, description="The image that was deployed, with its digest."),
    "request": dg.Field(str, default_value="", description="The id of the message that asks for it."),
    "code_version": dg.Field(str, default_value="", description="The version of the code in it."),
}


def release_verification_job(catalog: Catalog, settings: Settings, storage: Callable[[], Storage]) -> dg.JobDefinition:
    """Compares lake, warehouse and ledger with each other, as `dataops verify` does; fails if something does not add
    up. storage: opens lake and warehouse.
    """

    @dg.op(name=OP, config_schema=_CONFIG)
    def verified(context: dg.OpExecutionContext) -> None:
        opened, config = storage(), context.op_config
        report = verify_all(opened.warehouse, opened.staging, opened.production, catalog)
        problems = [str(problem) for problem in report.problems]
        event: ReleaseEvent = "refused" if problems else "verified"
        reason = "; ".join(problems[:_LISTED])
        if settings.channels.topic:
            # Of this request, however often it is carried out: the same answer is told once.
            request = config["request"] or context.run_id
            message = ReleaseMessage(
                form=FORM,
                id=hashlib.blake2b(f"{request} {event}".encode(), digest_size=16).hexdigest(),
                event=event,
                image=config["image"],
                environment=settings.channels.environment,
                at=datetime.now(UTC),
                reason=reason,
                code_version=config["code_version"],
            )
            announce(opened.warehouse, message, message.at)
        for problem in problems:
            context.log.error(problem)
        if problems:
            raise dg.Failure(f"{len(problems)} things do not add up: {reason}", allow_retries=False)
        context.log.info(f"{config['image']}: {', '.join(f'{n} {what}' for what, n in report.checked.items())}")

    @dg.job(
        name=NAME,
        description="Lake, warehouse and ledger compared with each other, after a release was deployed.",
        executor_def=dg.in_process_executor,
    )
    def job() -> None:
        verified()

    return job


def config_of(message: ReleaseMessage) -> dict[str, object]:
    """The configuration of a run that a message asks for."""
    config = {"image": message.image, "request": message.id, "code_version": message.code_version}
    return {"ops": {OP: {"config": config}}}
