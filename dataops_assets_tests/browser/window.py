"""A window of Debian's Chromium on the UI, and what goes wrong in it: errors of the page, messages nobody expects."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, sync_playwright

SECONDS = 120
"""After which something is not going to be there, on a busy machine."""
_SIZE = {"width": 1280, "height": 800}
_EXPECTED = ("Launched run", "Created backfill", "Copied")
_TELL_TOASTS = """
new MutationObserver(() => {
  for (const toast of document.querySelectorAll('[class*=Toaster_toastMessage]')) window.toasted(toast.innerText);
}).observe(document, {childList: true, subtree: true});
"""


@dataclass
class Window:
    """images: the folder that pictures of the pages are put into, if any. messages: that popped up."""

    page: Page
    url: str
    images: Path | None = None
    wrong: list[str] = field(default_factory=list)
    messages: set[str] = field(default_factory=set)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def text(self, words: str) -> Locator:
        """The first element with exactly these words."""
        return self.page.get_by_text(words, exact=True).first

    def press(self, button: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=button).first.click()

    def until(self, words: str) -> None:
        """Wait until the words are there."""
        self.text(words).wait_for()

    def picture(self, name: str) -> None:
        """Take one for the README, if they are asked for."""
        if self.images:
            self.page.wait_for_timeout(1_500)  # things that move
            self.page.screenshot(path=self.images / f"{name}.png")

    def launch(self, job: str, config: Sequence[str] = ()) -> None:
        """Launch a job from its launchpad, with lines that are typed there, and follow it to its end."""
        self.go("/jobs")
        self.text(job).click()
        self.text("Launchpad").click()
        editor = self.page.locator(".CodeMirror").first
        editor.click()
        if config:
            self.page.keyboard.press("Control+A")
        for line in config:
            self.page.keyboard.press("Shift+Home")  # instead of the indentation that the editor adds
            self.page.keyboard.type(line)
            self.page.keyboard.press("Escape")  # the list of words that it offers
            self.page.keyboard.press("Enter")
        self.press("Launch Run")
        self.page.wait_for_url("**/runs/*")
        self.until("Success")


def chromium() -> str:
    """The program. Fails the test if there is none."""
    return shutil.which("chromium") or pytest.fail(
        "there is no chromium, which Debian's package of that name has: apt-get install chromium"
    )


@contextmanager
def opened(url: str) -> Iterator[Window]:
    """A window until the end of the block."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    images = Path(folder).absolute() if (folder := os.environ.get("DATAOPS_TEST_IMAGES")) else None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=as_root)
        context = browser.new_context(viewport=_SIZE, timezone_id="UTC", locale="en-US")  # type: ignore[arg-type]
        window = Window(context.new_page(), url, images)
        _watch(window)
        yield window
        browser.close()


def _watch(window: Window) -> None:
    """Note errors of scripts, lines of the console, answers of the server, and messages that pop up."""

    def toasted(words: str) -> None:
        window.messages.add(words)
        if not words.startswith(_EXPECTED):
            window.wrong.append(f"message: {words}")

    def said(line: Any) -> None:
        if line.type == "error":
            window.wrong.append(f"console: {line.text}")

    def answered(answer: Any) -> None:
        if answer.status >= 400:
            window.wrong.append(f"{answer.status} of {answer.url}")

    page = window.page
    page.set_default_timeout(SECONDS * 1_000)
    page.expose_function("toasted", toasted)
    page.add_init_script(_TELL_TOASTS)
    page.on("pageerror", lambda error: window.wrong.append(f"script: {error}"))
    page.on("console", said)
    page.on("response", answered)
