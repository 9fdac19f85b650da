"""Datasets + settings → Dagster definitions. Tests, the command line and the deployment all come through here.

Dagster is imported for the definitions alone: a command that reads what lake and warehouse have need not wait for it.
"""

import warnings
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from dataops_assets import logs, tracing
from dataops_assets.discovery import Datasets, discover
from dataops_assets.layers.catalog import Catalog
from dataops_assets.lineage import sending
from dataops_assets.profiles.profile import Profile
from dataops_assets.settings import Settings, read_env_file
from dataops_assets.warehouse.storage import Storage

if TYPE_CHECKING:
    import dagster as dg


class Project:
    """One set of datasets under one set of settings, and the storage they use. Opens nothing before it is asked to."""

    def __init__(self, settings: Settings, datasets: Datasets) -> None:
        self.settings = settings
        self.datasets = datasets
        self.catalog = Catalog.of(datasets.sources, datasets.derived, settings.severities)
        self.profile = Profile(settings)

    @property
    def emptiness(self) -> str:
        """What to say of a project in which nothing is defined; empty for any other."""
        if self.datasets.sources or self.datasets.derived or self.datasets.plain:
            return ""
        packages = ", ".join(self.settings.datasets)
        return (
            f"the project is empty: there is no dataset and no plain asset in {packages} (DATAOPS_DATASETS). Write one "
            "there; dataops init NAME makes a project with one to begin with"
        )

    @cached_property
    def storage(self) -> Storage:
        """Lake and warehouse of the profile."""
        return self.profile.storage()

    def definitions(
        self, resources: Mapping[str, Any] | None = None, logger: "dg.LoggerDefinition | None" = None
    ) -> "dg.Definitions":
        """The code location; `resources` replace those of the profile, `logger` the log on the console."""
        import dagster as dg

        with warnings.catch_warnings():
            # Partitioned checks, backfill policies, partition mappings: the tests watch over what they do.
            warnings.simplefilter("ignore", dg.PreviewWarning)
            warnings.simplefilter("ignore", dg.BetaWarning)
            return self._definitions(resources or {}, logger)

    def _definitions(self, resources: Mapping[str, Any], logger: "dg.LoggerDefinition | None") -> "dg.Definitions":
        import dagster as dg

        from dataops_assets.automation.automation import automation_for
        from dataops_assets.io.lake import LakeIOManager
        from dataops_assets.io.warehouse import WarehouseIOManager
        from dataops_assets.layers.assets import layer_assets
        from dataops_assets.plain import plain_definitions

        version = self.settings.code_version
        if logger is None and self.settings.log_format == "json":
            from dataops_assets.automation.run_log import json_run_log

            logger = json_run_log
        own = dg.Definitions(
            assets=layer_assets(self.catalog, self.settings),
            resources={
                "lake": LakeIOManager(
                    lambda: self.storage, version, {source.name: source for source in self.datasets.sources}
                ),
                "warehouse": WarehouseIOManager(lambda: self.storage, version),
                "io_manager": WarehouseIOManager(lambda: self.storage, version),
                **resources,
            },
            executor=dg.in_process_executor,
            loggers={"console": logger} if logger else None,
            metadata={"dataops/code_version": version},  # shown with the code location
        )
        plain = plain_definitions(self.datasets.plain)
        automation = automation_for(
            self.catalog, self.settings, lambda: self.storage, self.profile.source_client, self.datasets.plain
        )
        return dg.Definitions.merge(own, automation, *plain)


@cache
def load_project() -> Project:
    """The project of this process: settings of the environment, and the datasets that they name."""
    read_env_file()
    settings = Settings.from_environment()
    if settings.log_format == "json":
        logs.configure()
    tracing.configure(settings.code_version)
    sending.configure(settings.channels.environment, settings.code_version)
    return Project(settings, discover(*settings.datasets))
