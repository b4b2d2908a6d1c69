"""The loop of a worker: JSON objects in, one a line, and one out for each.

Requests, the same for every library:
  {"do": "load", "folder", "weights", "dtype", "tolerance", "setting": as reported before}
  {"do": "gradient", "times": n, "save": file or nothing, "threads": how many or nothing}
      -> {"seconds": [one for each time], "forward", "backward": evaluations, "loss"}
  {"do": "score" | "sample", "times", "save", "threads", "chunk": rows at once} -> {"seconds", "forward"}
  {"do": "solve", "method", "mode": "forward" | "discrete" | "continuous", "rtol", "atol", "steps",
   "times", "save"} -> {"seconds", "evaluations", "accepted", "rejected"};
  "step" and "fit" of discrete flows: see discrete_worker.py;
  {"do": "resident"} -> {"now", "peak"} in bytes; {"do": "reset-peak"} -> {"reset": whether it could}
"""

import ctypes
import json
import sys
import time
from pathlib import Path

from safetensors.numpy import save_file


def resident():
    """Resident memory now and at its peak, in bytes; -1 where the system does not say."""
    found = {"VmRSS:": -1, "VmHWM:": -1}
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            words = line.split()
            if words and words[0] in found:
                found[words[0]] = 1024 * int(words[1])
    return {"now": found["VmRSS:"], "peak": found["VmHWM:"]}


def reset_peak():
    """Gives free memory back to the system, then begins a new search for the peak."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except OSError:
        pass
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return {"reset": True}
    except OSError:
        return {"reset": False}


def timed(task, request):
    """Runs a task `times` times; returns its last result and an answer with the seconds."""
    seconds = []
    result = None
    for _ in range(request.get("times", 1)):
        start = time.perf_counter()
        result = task()
        seconds.append(time.perf_counter() - start)
    return result, {"seconds": seconds}


def serve(load, set_threads=None):
    """Answers requests until the input ends.

    `load(folder, weights, dtype, tolerance, setting)` gives an object with `gradient()`,
    `score(chunk)`, `sample(chunk)` and `solve(request)`, each of which returns a result whose `answer()` is a dict of figures and whose
    `tensors()` are what is saved; and with `information()`, a dict that answers "load".
    `set_threads(n)` changes the number of threads.
    """
    loaded = None
    # Libraries that print would be in the way of the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        task = request["do"]
        if task == "load":
            loaded = load(
                request["folder"],
                request.get("weights"),
                request.get("dtype"),
                request.get("tolerance"),
                request.get("setting"),
            )
            answer = loaded.information()
        elif task in ("gradient", "score", "sample", "solve", "step", "fit"):
            if request.get("threads"):
                set_threads(request["threads"])
            whole = {"gradient": [], "solve": [request], "step": [request], "fit": [request]}
            arguments = whole.get(task, [request.get("chunk")])
            result, answer = timed(lambda: getattr(loaded, task)(*arguments), request)
            answer.update(result.answer())
            if request.get("save"):
                save_file(result.tensors(), request["save"])
        elif task == "resident":
            answer = resident()
        elif task == "reset-peak":
            answer = reset_peak()
        else:
            raise ValueError(f"asked to do {task!r}")
        print(json.dumps(answer), file=answers, flush=True)
