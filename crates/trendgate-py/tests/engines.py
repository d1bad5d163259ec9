"""Engines of two workers on the loopback with one face. What they start ends with them, by process id."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import psutil
import pytest
import trendgate


@dataclass
class Engine:
    """`run` without what the engine is reached by, and the lines with which another process has such a `run`."""

    name: str
    run: Callable
    #: Ends one of the workers by SIGKILL while it is at work.
    kill_worker: Callable
    #: How many tasks the engine has seen fail, where it can tell.
    failed_tasks: Callable
    driver: str


def killed(process):
    process.kill()
    process.wait(timeout=30)


def killed_at_work(process):
    """Stopped first, so that it has a task when it dies: the one that it was at, or the next one that it was given."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    killed(process)


@contextmanager
def dask(folder):
    """A scheduler, and workers of one thread each."""
    from distributed import Client

    file = folder / "scheduler.json"
    with ExitStack() as stack:

        def start(module, *words):
            words = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(file), *words]
            with (folder / f"{module}-{time.monotonic_ns()}.log").open("wb") as log:
                where = {"cwd": folder, "env": os.environ | {"DASK_TEMPORARY_DIRECTORY": str(folder)}}
                process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **where)
            stack.callback(killed, process)
            return process

        def add_worker():
            words = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
            workers.append(start("dask_worker", *words))

        def kill_worker():
            killed_at_work(workers.pop(0))
            add_worker()

        workers = []
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        add_worker()
        add_worker()
        deadline = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        client = stack.enter_context(Client(scheduler_file=str(file), timeout=60))
        client.wait_for_workers(2, timeout=60)
        driver = f"""
from distributed import Client
run = partial(trendgate.dask.run, Client(scheduler_file={str(file)!r}, timeout=60))
"""
        yield Engine("dask", partial(trendgate.dask.run, client), kill_worker, lambda: None, driver)


SESSION = """
SparkSession.builder.master("local[2,4]").config(map={
    "spark.driver.memory": "512m", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
    "spark.local.dir": folder, "spark.sql.warehouse.dir": folder, "spark.driver.extraJavaOptions": "-Djava.io.tmpdir=" + folder,
}).getOrCreate()
"""


def java():
    """Skips what needs Java where there is none that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin" if home else None)
    words = [program or "java", "-version"]
    told = program and subprocess.run(words, capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told or "")
    if version is None or int(version[1]) < 17:
        pytest.skip("Spark needs Java 17: apt-get install default-jre-headless")


@contextmanager
def spark(folder):
    """A session of two threads, each with a worker in Python, that tries a task four times."""
    java()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYSPARK_PYTHON", sys.executable)
        try:
            session = eval(SESSION.strip(), {"SparkSession": SparkSession, "folder": str(folder)})
            machine = SparkContext._gateway.proc.pid

            def kill_worker():
                forked = (it for it in psutil.Process(machine).children(recursive=True) if it.ppid() != machine)
                killed_at_work(next(forked))

            def failed_tasks():
                tracker = session.sparkContext.statusTracker()
                stages = (stage for job in tracker.getJobIdsForGroup() for stage in tracker.getJobInfo(job).stageIds)
                return sum(info.numFailedTasks for info in map(tracker.getStageInfo, stages) if info)

            driver = f"""
from pyspark.sql import SparkSession
folder = {str(folder)!r}
run = partial(trendgate.spark.run, {SESSION.strip()})
"""
            yield Engine("spark", partial(trendgate.spark.run, session), kill_worker, failed_tasks, driver)
            session.stop()
        finally:
            if (gateway := SparkContext._gateway) is not None:
                gateway.shutdown()
                # It ends by itself, and takes its files along.
                gateway.proc.stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    gateway.proc.wait(timeout=30)
                killed(gateway.proc)
                SparkContext._gateway = SparkContext._jvm = None


@contextmanager
def ray(folder):
    """A node of two CPUs, in a short folder: its sockets have names in it, which may not be long."""
    import ray

    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as short:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        where = {"num_cpus": 2, "object_store_memory": 80_000_000, "_node_ip_address": "127.0.0.1", "_temp_dir": short}
        try:
            context = ray.init(include_dashboard=False, log_to_driver=False, **where)

            def kill_worker():
                of_node = psutil.Process(ray._private.worker._global_node.all_processes["raylet"][0].process.pid)
                at_work = []
                while not at_work:
                    # Workers come and go meanwhile.
                    with suppress(psutil.Error):
                        children = of_node.children(recursive=True)
                        at_work = [it for it in children if " ".join(it.cmdline()).startswith("ray::execute")]
                killed_at_work(at_work[0])

            driver = f"""
import ray
ray.init(address={context.address_info["address"]!r}, _node_ip_address="127.0.0.1", log_to_driver=False)
run = trendgate.ray.run
"""
            yield Engine("ray", trendgate.ray.run, kill_worker, lambda: None, driver)
        finally:
            ray.shutdown()
