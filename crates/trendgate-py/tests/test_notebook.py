"""Notebooks: that of the examples is executed in a kernel as in Jupyter, and Interrupt stops whatever is at work in a cell."""

import textwrap
import time

import conftest
import nbformat
import pytest
import trendgate
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

ROWS = 20_000

#: What goes on for seconds, once more in each turn; a turn has a dataset of its own, called `data`.
WORK = {
    "run": 'trendgate.run(CONFIG, "in", data_dir=data)',
    "batch": """
        with trendgate.Batch(CONFIG, data_dir=data) as batch:
            for place in range(4):
                batch.add(frame[place * 5_000 : (place + 1) * 5_000], source=f"frame-{place}")
    """,
    "await": "await in_a_thread(data)",
    "verify": 'trendgate.verify("whole")',
    "rows": 'trendgate.Dataset("whole").to_pandas("S")',
}

#: What the cells take for granted.
BEGIN = f"""
import asyncio, itertools, threading, trendgate
CONFIG = {conftest.CONFIG}
frame = trendgate.Dataset("whole").scan("S").collect()

async def in_a_thread(data):
    stop = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(trendgate.run, CONFIG, "in", data_dir=data, cancel=stop))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(work, return_exceptions=True)
        raise
"""


def test_the_notebook_runs_and_its_job_is_short(tmp_path):
    for name in ("plant", "plant.yaml"):
        (tmp_path / name).symlink_to(conftest.EXAMPLES / name)
    notebook = nbformat.read(conftest.EXAMPLES / "features.ipynb", as_version=4)
    (job,) = (cell for cell in notebook.cells if "job" in cell.metadata.get("tags", ()))
    assert sum(bool(line.strip()) for line in job.source.splitlines()) < 25
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(out.text for cell in notebook.cells for out in cell.get("outputs", ()) if out.output_type == "stream")
    assert "version 3: 2688 rows" in printed
    assert "in hindsight 0.9" in printed and "as known 0.9" in printed


class Kernel:
    """A kernel that works in a folder."""

    def __init__(self, folder):
        self.manager, self._client = start_new_kernel(cwd=str(folder))

    def execute(self, cell, heard=lambda text: None):
        """Executes a cell; its reply, and all that it printed. `heard` is called with each piece of that."""
        printed = []

        def hook(message):
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])
                heard(printed[-1])

        reply = self._client.execute_interactive(cell, timeout=120, output_hook=hook)
        return reply["content"], "".join(printed)

    def end(self):
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Reports, and a dataset of them called `whole`."""
    folder = tmp_path_factory.mktemp("notebook")
    conftest.write_report(folder / "in/a.csv", [f"P{place}" for place in range(20)], "2025-01-01T00:00", ROWS)
    trendgate.run(conftest.CONFIG, folder / "in", data_dir=folder / "whole")
    return folder


@pytest.fixture(scope="module")
def kernel(folder):
    kernel = Kernel(folder)
    reply, _printed = kernel.execute(BEGIN)
    assert reply["status"] == "ok", reply
    yield kernel
    kernel.end()


@pytest.mark.parametrize("delay", [0, 0.05, 0.3])
@pytest.mark.parametrize("work", WORK)
def test_interrupt_stops_a_cell_soon_and_the_next_one_goes_on(work, delay, folder, kernel):
    lines = textwrap.indent(textwrap.dedent(WORK[work]), " " * 4)
    name = f"{work}-{delay}"
    since = []

    def heard(text):
        # The first turn imports, and may last longer.
        if not since and "turn 1" in text:
            time.sleep(delay)
            since.append(time.monotonic())
            kernel.manager.interrupt_kernel()

    turns = f'for turn in itertools.count():\n    data = f"{name}-{{turn}}"\n    print("turn", turn, flush=True)\n{lines}'
    reply, printed = kernel.execute(turns, heard)
    assert time.monotonic() - since[0] < 10
    assert (reply["status"], reply["ename"]) == ("error", "CancelledError" if work == "await" else "KeyboardInterrupt"), reply
    begun = sorted(folder.glob(f"{name}-*"))
    for data in begun:
        assert not [path for path in conftest.files_under(data) if path.startswith(".staging")]
        # Whatever was interrupted is there whole, or not at all.
        if any((data / "manifests").glob("*.json")):
            assert trendgate.verify(data).rows == ROWS
        else:
            assert not list(data.glob("processed/**/*.parquet"))

    made = "data" if begun else '"whole"'
    reply, printed = kernel.execute(f'{textwrap.dedent(WORK[work])}\nprint(trendgate.Dataset({made}).to_arrow("S").num_rows)')
    assert (reply["status"], printed) == ("ok", f"{ROWS}\n"), reply
    assert all(trendgate.verify(data).ok for data in [*begun, folder / "whole"])
