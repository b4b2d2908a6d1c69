"""The processes that are timed, one for each library."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

FJORD = "fjord"
DIFFRAX = "diffrax"
TORCHDIFFEQ = "torchdiffeq"
SEMINORM = "torchdiffeq seminorm"
LIBRARIES = (FJORD, DIFFRAX, TORCHDIFFEQ, SEMINORM)

# Of discrete flows.
DISCRETE = "fjord discrete"
ZUKO = "zuko"
NFLOWS = "nflows"

COMMANDS = {
    FJORD: [str(HERE / "fjord-java"), "Worker"],
    DIFFRAX: [sys.executable, str(HERE / "diffrax_worker.py")],
    TORCHDIFFEQ: [sys.executable, str(HERE / "torchdiffeq_worker.py")],
    SEMINORM: [sys.executable, str(HERE / "torchdiffeq_worker.py"), "--seminorm"],
    DISCRETE: [str(HERE / "fjord-java"), "DiscreteWorker"],
    ZUKO: [sys.executable, str(HERE / "discrete_worker.py"), ZUKO],
    NFLOWS: [sys.executable, str(HERE / "discrete_worker.py"), NFLOWS],
    "fjord matching": [str(HERE / "fjord-matching")],
    "torchcfm": [sys.executable, str(HERE / "matching_worker.py")],
    "fjord images": [str(HERE / "fjord-images")],
    "torch images": [sys.executable, str(HERE / "images_worker.py")],
}

# OpenMP's threads wait for their next piece of work by spinning unless told to sleep. Which is
# faster depends on how busy the machine is.
WAITING = {"spinning": {}, "sleeping": {"OMP_WAIT_POLICY": "passive"}}


def waiting(library):
    """How the threads of a library may wait."""
    return list(WAITING) if library in (TORCHDIFFEQ, SEMINORM, ZUKO, NFLOWS) else ["spinning"]


class Worker:
    """A process of a library; it waits for requests without using the processor."""

    def __init__(self, library, setting="spinning", arguments=(), **environment):
        self.library = library
        self.process = subprocess.Popen(
            [*COMMANDS[library], *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **WAITING[setting], **environment},
        )

    def ask(self, task, **arguments):
        """Sends a request and waits for its answer; see worker.py for what there is to ask."""
        self.process.stdin.write(json.dumps({"do": task, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{self.library} ended with status {self.process.wait()}; see its messages above"
            )
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def export(folder, datasets):
    """Has fjord export the data of discrete flows into subfolders."""
    _fjord("DiscreteWorker", str(folder), *datasets)


def prepare(folder, workloads):
    """Has fjord export workloads into subfolders, if they are not there."""
    _fjord("Preparation", str(folder), *workloads)


def _fjord(*arguments):
    """Runs a program of fjord; where it fails it has said why, and this one ends too."""
    status = subprocess.run([str(HERE / "fjord-java"), *arguments]).returncode
    if status != 0:
        sys.exit(status)
