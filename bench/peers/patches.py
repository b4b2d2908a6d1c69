"""Rows of natural image patches as density estimators take them (Uria et al. 2013).

patches.py FOLDER OUT reads the 8 x 8 patches of FOLDER, whole numbers from 0 to 255, adds uniform noise, divides by 256,
subtracts each patch's mean, drops the last pixel, and writes train.npy, validation.npy and test.npy of 63 columns.
"""

import sys
from pathlib import Path

import numpy as np


def main():
    """Reads and writes."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for part, name in (("train", "train"), ("val", "validation"), ("test", "test")):
        levels = np.load(folder / f"bsds300_patches_{part}_u8.npy").reshape(-1, 64)
        rows = (levels + random.random(levels.shape)) / 256
        rows -= rows.mean(1, keepdims=True)
        np.save(out / f"{name}.npy", rows[:, :-1])


if __name__ == "__main__":
    main()
