"""`dataops erase`: what there is of one person, and its removal from raw, staging, quarantine and production."""

import sys
import uuid
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence

from dataops_assets.build import Project, load_project
from dataops_assets.commands.decide import who_decides
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.shared import Unusable, counted, err, out, show
from dataops_assets.erasure.erase import Scope, look, strangers
from dataops_assets.erasure.erase import erase as remove
from dataops_assets.erasure.subject import ErasureRefused, Subject
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.erasures import Removed
from dataops_assets.lake.subjects import CannotRewrite
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.pseudonyms import NoPseudonymKey


def erase(options: Namespace) -> int:
    """Returns 0, or 1 if something is left that has to be erased by the same command again."""
    loaded = load_project()
    try:
        return _erase(loaded, options)
    except (ErasureRefused, CannotRewrite, LakeDamaged, NoPseudonymKey) as error:
        raise Unusable(str(error)) from error


def _erase(loaded: Project, options: Namespace) -> int:
    storage, catalog = loaded.storage, loaded.catalog
    subject = Subject.of(_read(options.subject), catalog)
    scope = Scope.of(storage, catalog, subject)
    if not options.apply:
        _show(look(storage, catalog, subject), "rows")
        _say_what_stays(loaded, scope)
        say("nothing was changed; --apply --reason … removes it")
        return 0
    reason = (options.reason or "").strip()
    if not reason:
        raise Unusable("--reason: say why, without personal data; it is kept with what was removed")
    if subject.is_named_in(reason):
        raise Unusable("--reason names the subject itself; it is kept for good, so say it without personal data")
    run = RunInfo(f"erase-{uuid.uuid4().hex[:8]}", loaded.settings.code_version)
    record, removed, waiting = remove(storage, catalog, subject, who_decides(options.by), reason, run, out.print)
    _show(removed, "rows removed")
    _say_what_stays(loaded, scope)
    for each in waiting:
        err.print(each, style="red")
    if waiting:
        err.print(f"{counted(waiting)}: once other runs have ended, run the same command again", style="red")
        return 1
    say(f"erased; the record is {storage.staging.uri(f'_erased/at={record.name}/')}")
    return 0


def _read(text: str) -> str:
    key, equals, value = text.partition("=")
    return f"{key}={sys.stdin.readline().rstrip(chr(10)).rstrip(chr(13))}" if equals and value == "-" else text


def _show(found: Sequence[Removed], title: str) -> None:
    places: dict[tuple[str, str], list[Removed]] = {}
    for each in found:
        places.setdefault((each.asset, each.what), []).append(each)
    if not places:
        out.print("nothing of the subject is there")
        return
    lines = []
    for (asset, what), several in places.items():
        keys = sorted(Counter(each.partition for each in several if each.partition))
        span = f"{keys[0]}..{keys[-1]} ({len(keys)})" if len(keys) > 1 else "".join(keys)
        lines.append([asset, what, span, sum(each.rows for each in several)])
    show(["asset", "what", "partitions", title], lines, right=[title])


def _say_what_stays(loaded: Project, scope: Scope) -> None:
    """What cannot be found by the key, and what others keep."""
    if scope.unsearched:
        say(
            f"{', '.join(scope.unsearched)}: made of such rows, without a column that names the subject. What is stale "
            "there afterwards is made again without them by the command below; versions of before stay in the lake:"
        )
        say_command("dataops run --plan")
    if folders := strangers(loaded.storage, loaded.catalog):
        say(f"not searched, as no dataset of today says what is in them: {', '.join(folders)}")
    if loaded.datasets.plain:
        say("tables of plain assets are not searched: it is not known what is in them")
    say(
        "The source is not asked: what it still has of the subject is left out of later extractions. Logs of sources, "
        "backups and copies that others have made are not searched."
    )
    if loaded.settings.cloud:
        say(
            "Google keeps what was deleted for a while: BigQuery up to 7 days for time travel and 7 more as fail-safe, "
            "Cloud Storage as the bucket's soft delete (7 days by default) and object versioning say."
        )
    elif kept := sorted(loaded.settings.home.glob("*.damaged-*")):
        say(f"warehouses that were set aside are not searched; remove them: {', '.join(map(str, kept))}")
