"""A container engine of the tests' own: Debian's, with images and volumes in a folder that goes away.

No registry is needed: the image's base is Debian's own Python 3.11, put together from Debian's packages. What this
machine says of package indexes is given to the build and to nothing else. Without one of the programs the tests fail.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dataops_assets_tests.delivery.project import ROOT

PACKAGES = ("buildah", "podman", "runc", "catatonit", "debootstrap")
BASE = "3.11-debian-bookworm"  # of localhost/python, in the place of the official image's tag
_INCLUDE = "python3,python3-venv,ca-certificates,netbase,tzdata"
_SURPLUS = ("var/cache/apt/*", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")
_LIMITS = '"nofile=1024:1024", "nproc=4096:4096"'


class Engine:
    """environment: with which podman, buildah and the scripts of deploy/ work in the folder."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in PACKAGES if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
        if missing:
            pytest.fail(
                f"there is no {', '.join(missing)} on this machine; on Debian: apt-get install {' '.join(missing)}"
            )
        if os.getuid() != 0:
            pytest.fail("the image is built and run by root here, and this is another user")
        self.folder = folder
        # All that is this machine's, so that the scripts under test are called as anybody calls them: the network of
        # the host, and no systemd to ask for control groups and to tell events to.
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/store"\nrunroot = "{folder}/run"\n'
        )
        (folder / "containers.conf").write_text(
            f'[containers]\nnetns = "host"\ndefault_ulimits = [{_LIMITS}]\n'
            '[engine]\nruntime = "runc"\nevents_logger = "file"\ncgroup_manager = "cgroupfs"\n'
            f'tmp_dir = "{folder}/libpod"\n'
        )
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "MAKE", "PYTEST_"))
        }
        self.environment = inherited | {
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "BUILDAH_ISOLATION": "chroot",
            "ENGINE": "podman",
            "PYTHON_VERSION": BASE,
            "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        }

    def run(self, *command: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the root of the project. more: variables. check: the test fails if it does, and says why."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = "\n".join(text[-6000:] for text in (done.stdout, done.stderr))
        assert not check or done.returncode == 0, f"{' '.join(command)[:500]}\n{said}"
        return done

    def podman(self, *arguments: str) -> str:
        """What podman prints."""
        return self.run("podman", *arguments).stdout.strip()

    def make_base(self) -> None:
        """Debian's packages as an image, without what is not there in an official one either; unless there is one."""
        if self.run("podman", "image", "exists", f"localhost/python:{BASE}", check=False).returncode == 0:
            return
        root = self.folder / "base"
        self.run("debootstrap", "--variant=minbase", f"--include={_INCLUDE}", "bookworm", str(root))
        without = " ".join(f"--exclude='./{each}'" for each in _SURPLUS)
        self.run("sh", "-c", f"tar -C {root} -c {without} . | podman import - localhost/python:{BASE}")
        shutil.rmtree(root)

    def build(self, image: str, extras: str) -> str:
        """Build the project's own image with `make image` and buildah; what it said."""
        return self.run(
            "make",
            "image",
            ENGINE="buildah",
            BUILD_FLAGS=" ".join(["--layers", *self._index()]),
            IMAGE=image,
            EXTRAS=extras,
        ).stdout

    def _index(self) -> Iterator[str]:
        """Flags by which pip in a build asks what pip asks here."""
        said = self.run(sys.executable, "-m", "pip", "config", "list").stdout
        settings: dict[str, str] = {}
        for line in sorted(said.splitlines(), reverse=True):  # those of the environment, `:env:`, come last and prevail
            key, _, value = line.partition("=")
            settings[key.rpartition(".")[2]] = value.strip("'").replace("\\n", " ")
        # Where versions are held back here has nothing to do with what is pinned.
        wanted = {
            key: settings[key] for key in ("cert", "find-links", "index-url", "extra-index-url") if key in settings
        }
        config = self.folder / "pip.conf"
        config.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in wanted.items()))
        yield f"--volume {config}:/etc/pip.conf:ro"
        for place in {word.removeprefix("file://") for value in wanted.values() for word in value.split()}:
            # An index names its files beside itself.
            path = Path(place).parent if place.endswith("/simple") else Path(place)
            if path.is_absolute() and path.exists():
                yield f"--volume {path}:{path}:ro"


@contextmanager
def engine(folder: Path, keep: bool) -> Iterator[Engine]:
    """An engine in a folder; all that it holds goes with it, unless the images are kept for the next."""
    own = Engine(folder)
    try:
        yield own
    finally:
        own.run("podman", "pod", "rm", "--all", "--force", "--time", "0", check=False)
        own.run("podman", "rm", "--all", "--force", "--time", "0", check=False)
        if not keep:
            own.run("podman", "system", "reset", "--force", check=False)
            own.run("umount", "--lazy", str(folder / "store" / "overlay"), check=False)
            shutil.rmtree(folder, ignore_errors=True)
