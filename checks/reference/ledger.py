"""Which reports a dataset is made of, as nights go by: what is new, what is known, what left."""

from dataclasses import dataclass

from . import reading


@dataclass
class Text:
    """A text that was accepted once. A member of the dataset, superseded or retracted."""

    data: bytes
    report: reading.Report
    path: str
    state: str = "member"
    version: int = 0


class Ledger:
    """What is known after the runs so far."""

    def __init__(self, keeps=False):
        self.keeps = keeps
        self.texts = {}
        #: Rejected contents that are known; and whether this run met one that is not, or that is always tried again.
        self.rejects = set()
        self.rejected = False
        self.at = {}
        self.paths = {}
        self.here = set()
        self.new = set()
        self.left = False

    def nothing_new(self):
        """What comes is no run over files."""
        self.new = set()
        self.rejected = False

    def members(self):
        return [text.report for text in self.texts.values() if text.state == "member"]

    def gone(self):
        """Members whose bytes no file has any more, and the dataset neither."""
        if self.keeps:
            return []
        return [text.report for digest, text in self.texts.items() if text.state == "member" and digest not in self.here]

    def run(self, files, here, config, force=False):
        """A run over `files`, bytes by path; `here` are the texts that stand anywhere."""
        contents = {path: reading.digest(data) for path, data in files.items()}
        self.here = here
        self.new = set()
        self.rejected = False
        self.left = False
        for path, digest in sorted(contents.items()):
            self.meet(path, digest, files[path], config, force)
        for path, digest in contents.items():
            if digest in self.new:
                self.supersede(path, digest)
            if digest in self.texts and self.texts[digest].state == "member":
                self.at[path] = digest
            if digest in self.new:
                self.read_at(path, digest)

    def meet(self, path, digest, data, config, force):
        text = self.texts.get(digest)
        if text is None:
            try:
                self.texts[digest] = Text(data, reading.read(data, config), path)
                self.new.add(digest)
            except reading.Refused as refusal:
                self.rejected |= digest not in self.rejects or isinstance(refusal, reading.Future)
                self.rejects.add(digest)
        elif (text.state == "retracted" and force) or (text.state == "superseded" and text.path == path):
            text.state = "member"
            self.new.add(digest)

    def read_at(self, path, digest):
        """A version says that it has read this text at `path`, which is a known path from now on."""
        self.paths.setdefault(path, set()).add(digest)

    def supersede(self, path, digest):
        """A text that this path had before leaves if the new one covers it and no file has it any more."""
        for old in self.paths.get(path, set()) - self.here:
            text = self.texts[old]
            if text.state == "member" and covers(self.texts[digest].report, text.report):
                text.state = "superseded"
                text.path = path
                self.left = True

    def lossy(self):
        """Whether a text that is new loses more than it may."""
        return any(self.texts[digest].report.loses for digest in self.new)

    def retract(self, digest):
        """Whether there was something to retract."""
        text = self.texts.get(digest)
        if text is None or text.state != "member":
            return False
        text.state = "retracted"
        self.left = True
        return True

    def committed(self, version):
        """What was new is of this version."""
        for digest in self.new:
            self.texts[digest].version = version

    def retract_version(self, version):
        """Whether there was something of that version to retract."""
        found = [digest for digest, text in self.texts.items() if text.version == version]
        return sum(map(self.retract, found)) > 0

    def read_again(self, config):
        """All texts are read by another configuration, under which a reject is tried again."""
        self.rejects = set()
        for text in self.texts.values():
            text.report = reading.read(text.data, config)


def covers(now, before):
    """Whether `now` has the points of `before`, and begins and ends no later and no earlier."""
    points = {point.full for point in before.points} <= {point.full for point in now.points}
    return points and now.first <= before.first and now.last >= before.last
