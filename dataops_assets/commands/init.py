"""`dataops init`: a repository for datasets of one's own, which has this package as a dependency."""

import json
import keyword
import re
import sys
from argparse import Namespace
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dataops_assets.commands.shared import Unusable, out

TEMPLATE = Path(__file__).resolve().parents[1] / "template"

_PACKAGE = "your_datasets"  # what the template calls the new package
_REQUIREMENT = "DATAOPS_ASSETS_REQUIREMENT"
_HIDDEN = ("env", "gitignore", "github")
"""What begins with a dot in the repository, and does not in the template, so that each tool packs and lists it."""


def init(options: Namespace) -> int:
    """Write the files and say what to do next. Raises Unusable before anything is written."""
    name = options.name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise Unusable(f"{name!r}: a name is lower case letters, digits and underscores, and not one of Python's own")
    if name == "dataops_assets":
        raise Unusable(f"{name!r} is this package; give yours another name")
    folder = Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Unusable(f"{folder} exists already, and is not an empty folder; give another name, or move it away")
    requirement = installed_from()
    for source in sorted(TEMPLATE.rglob("*")):
        parts = source.relative_to(TEMPLATE).parts
        if source.is_dir() or any(part.startswith(".") or part == "__pycache__" for part in parts):  # a tool's own
            continue
        target = folder.joinpath(*(_renamed(part, name) for part in parts))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8").replace(_PACKAGE, name).replace(_REQUIREMENT, requirement)
        target.write_text(text, encoding="utf-8")
    out.print(f"{folder}/ is ready: a dataset of orders, its test, and what runs them.\n")
    out.print(f"  cd {name}")
    out.print("  make demo      # sets up .venv, takes two days of orders to production")
    out.print("  make test")
    return 0


def installed_from() -> str:
    """The requirement that installs this package as it is installed here: a release, a repository, or a checkout."""
    this = metadata.distribution("dataops_assets")
    found = this.read_text("direct_url.json")  # https://packaging.python.org/en/latest/specifications/direct-url
    if found is None:
        return f"dataops_assets=={this.version}"
    origin = json.loads(found)
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"dataops_assets @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    if "dir_info" in origin:
        return unquote(urlsplit(origin["url"]).path)
    return f"dataops_assets @ {origin['url']}"


def _renamed(part: str, name: str) -> str:
    if part == "package":
        return name
    return f".{part}" if part in _HIDDEN else part
