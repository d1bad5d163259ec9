"""A headless Chromium, spoken to through its own pipe: what a page asks for, what its console says, what its script does.

It is looked for in CHROMIUM (a command line), then by its usual names; where there is none, the check is skipped and says so.
"""

import json
import os
import shlex
import shutil
import subprocess
import time

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe")


def command():
    """The words that start the browser."""
    named = os.environ.get("CHROMIUM")
    found = shlex.split(named) if named else next(([path] for path in map(shutil.which, NAMES) if path), None)
    if not found:
        pytest.skip("no Chromium is at hand (Debian's package `chromium`, or CHROMIUM): the page was not opened in a browser")
    return found


class Browser:
    """A browser with one page."""

    def __init__(self, profile, width=1400):
        ours, theirs = os.pipe(), os.pipe()

        def hand_over():
            # The browser reads commands from 3 and writes answers to 4.
            read, write = os.dup(ours[0]), os.dup(theirs[1])
            os.dup2(read, 3)
            os.dup2(write, 4)

        words = [*command(), *OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},1000", "about:blank"]
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=hand_over, close_fds=False
        )
        os.close(ours[0])
        os.close(theirs[1])
        self.to, self.back, self.rest, self.last, self.events = ours[1], theirs[0], b"", 0, []
        target = self.say("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.say(f"{domain}.enable")

    def say(self, method, **params):
        """Says one command and waits for its answer."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.last:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def next(self):
        while b"\0" not in self.rest:
            read = os.read(self.back, 1 << 16)
            assert read, "the browser went"
            self.rest += read
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, address):
        """Opens an address and waits until it is loaded and quiet."""
        self.events.clear()
        self.say("Page.navigate", url=address)
        until = time.monotonic() + 60
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            assert time.monotonic() < until, "the page does not load"
            self.evaluate("new Promise((done) => setTimeout(done, 50))")

    def evaluate(self, script):
        """What a script gives."""
        result = self.say("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def asked(self):
        """The addresses that were asked for."""
        return [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    def complaints(self):
        """What the console has of errors and warnings."""
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        return [event["params"] for event in self.events if event["method"] in kinds]

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        os.close(self.to)
        os.close(self.back)
