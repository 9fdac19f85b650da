"""`dataops metrics`: what Prometheus is told; printed, served for it to scrape, or pushed at the end of a job."""

import sys
import threading
from argparse import Namespace

from dataops_assets.build import Project, load_project
from dataops_assets.commands.shared import Unusable, err, out
from dataops_assets.interrupts import terminable
from dataops_assets.monitoring.collector import ProjectCollector
from dataops_assets.monitoring.send import NotPushed, push, served, text_of


def metrics(options: Namespace) -> int:
    """Returns 0; 1 if something could not be asked or pushed. What could be asked is said all the same."""
    loaded = load_project()
    if options.serve:
        return _serve(loaded, options)
    collector = collector_of(loaded)
    if options.push:
        try:
            push(collector, options.push, options.job)
        except NotPushed as error:
            err.print(f"--push: {error}", style="red")
            return 1
    else:
        sys.stdout.write(text_of(collector))
    for part, why in collector.errors.items():
        err.print(f"metrics of {part} are missing: {why}", style="red")
    return 1 if collector.errors else 0


def collector_of(loaded: Project, every: float = 0.0) -> ProjectCollector:
    """Of the project of this process; every: as of ProjectCollector."""
    return ProjectCollector(loaded.settings, loaded.catalog, lambda: loaded.storage, loaded.datasets.plain, every)


def _serve(loaded: Project, options: Namespace) -> int:
    """Until it is interrupted, or told to end."""
    if options.every < 0:
        raise Unusable(f"--every {options.every}: seconds, 0 or more")
    try:
        with terminable(), served(collector_of(loaded, options.every), options.host, options.port) as port:
            out.print(f"metrics on http://{options.host}:{port}/metrics (stop it with Ctrl-C)")
            sys.stdout.flush()
            threading.Event().wait()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise Unusable(f"cannot listen on {options.host}:{options.port}: {why}; another port: --port") from error
    except KeyboardInterrupt:
        pass
    return 0
