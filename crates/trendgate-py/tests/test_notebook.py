"""The notebook of the examples, executed in a kernel as in Jupyter: every cell of it ends well, and the job takes the few lines that it promises."""

import conftest
import nbformat
from nbclient import NotebookClient


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
