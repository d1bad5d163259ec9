"""A manifest with what stands beside it, as docs/format.md says that it is read."""

import hashlib
import json

import pyarrow


def whole(path):
    """The manifest at `path`, a record in the log or its public name, with its lists of inputs and of details."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    folder = path.parents[2] if path.parent.parent.name == ".log" else path.parent
    if "inputs_file" in manifest:
        lists, *inputs = lines(folder, manifest["inputs_file"])
        assert len(inputs) == manifest["inputs_file"]["rows"]
        manifest |= lists | {"inputs": inputs}
    if "details_file" in manifest:
        [details] = lines(folder, manifest["details_file"])
        assert len(details["points"]) == manifest["details_file"]["rows"]
        manifest["statistics"]["points"] = details["points"]
        manifest["conflicts"]["examples"] = details["conflicts"]
    return manifest


def lines(folder, entry):
    """The lines of a compressed file, once its bytes are those that `entry` names."""
    packed = (folder / entry["path"]).read_bytes()
    assert len(packed) == entry["bytes"]
    assert "sha256:" + hashlib.sha256(packed).hexdigest() == entry["sha256"]
    with pyarrow.input_stream(pyarrow.BufferReader(packed), compression="zstd") as text:
        return [json.loads(line) for line in text.read().splitlines()]
