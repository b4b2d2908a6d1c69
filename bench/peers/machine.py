"""What the figures were measured on."""

import os
import platform
from pathlib import Path


def description():
    """Processor, cores, memory, system, in one line."""
    model = platform.processor() or "unknown processor"
    flags = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            if key.strip() == "flags" and "avx512f" in value.split():
                flags = ", AVX-512"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}{flags}, {cores} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}"
