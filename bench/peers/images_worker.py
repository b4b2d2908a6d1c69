"""A process that trains flows of images as it is asked to, each in its own library.

The argument is an idx file of images. A line of the input is a JSON object, and so is the answer:
{"do": "load", "model": "unet", "threads": 1} makes the model, of the same layers as fjord's recipe,
and says its size; {"do": "train", "steps": 10, "batch": 64} makes steps of Adam on images in turn,
and says the seconds of the processor and of the clock, the last loss, and the field's evaluations.

glow: normflows' GlowBlock, Split and Squeeze in its MultiscaleFlow
unet: torchcfm's flow matcher with a U-net written here
ffjord: torchdiffeq's adjoint with the multi-scale flow, probe and penalties written here
tarflow: after apple/ml-tarflow's transformer_flow.py, written here
"""

import gzip
import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn

LEVELS = 256


def images(path):
    """(n, 1, height, width), whole numbers."""
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        data = file.read()
    shape = np.frombuffer(data, ">i4", data[3], 4)
    pixels = np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    return torch.tensor(pixels[:4096], dtype=torch.float32)[:, None]


def logit(alpha):
    """What a flow sees of levels, with fresh noise."""

    def seen(levels):
        u = alpha + (1 - 2 * alpha) * (levels + torch.rand_like(levels)) / LEVELS
        return torch.log(u) - torch.log1p(-u)

    return seen


def scaled(levels):
    """The same, from -1 to 1."""
    return 2 * (levels + torch.rand_like(levels)) / LEVELS - 1


def normal_log_prob(z):
    """Of rows of a standard normal."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).flatten(1).sum(1)


def convolution(channels, out, stride=1):
    """3 x 3."""
    return nn.Conv2d(channels, out, 3, stride=stride, padding=1)


class Residual(nn.Module):
    """Normalisation, swish, convolution, twice, with what time adds in between."""

    def __init__(self, channels, out, width):
        super().__init__()
        self.norm1 = nn.GroupNorm(max(1, min(8, channels // 4)), channels)
        self.conv1 = convolution(channels, out)
        self.time = nn.Linear(width, out, bias=False)
        self.norm2 = nn.GroupNorm(max(1, min(8, out // 4)), out)
        self.conv2 = convolution(out, out)
        self.shortcut = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, features):
        h = self.conv1(nn.functional.silu(self.norm1(x))) + self.time(features)[:, :, None, None]
        return self.conv2(nn.functional.silu(self.norm2(h))) + self.shortcut(x)


class Unet(nn.Module):
    """One residual block at each size down and up, two at the smallest."""

    def __init__(self, channels, images_channels=1):
        super().__init__()
        width = max(channels)
        self.register_buffer("angles", math.pi / 2 * torch.tensor([1.0, 2, 4, 8, 16]))
        self.embedding = nn.Sequential(
            nn.Linear(10, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        )
        self.first = convolution(images_channels, channels[0])
        self.down = nn.ModuleList([Residual(c, c, width) for c in channels])
        self.halve = nn.ModuleList(
            [convolution(a, b, 2) for a, b in zip(channels, channels[1:])]
        )
        self.middle = Residual(channels[-1], channels[-1], width)
        self.up = nn.ModuleList(
            [Residual(a + b, a, width) for a, b in zip(channels, channels[1:])]
        )
        self.norm = nn.GroupNorm(max(1, min(8, channels[0] // 4)), channels[0])
        self.last = convolution(channels[0], images_channels)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, t, x):
        angles = t[:, None] * self.angles
        features = self.embedding(torch.cat([angles.sin(), angles.cos()], 1))
        h, kept = self.first(x), []
        for block, halve in zip(self.down, self.halve):
            h = block(h, features)
            kept.append(h)
            h = halve(h)
        h = self.middle(self.down[-1](h, features), features)
        for block in reversed(self.up):
            h = nn.functional.interpolate(h, scale_factor=2, mode="nearest")
            h = block(torch.cat([kept.pop(), h], 1), features)
        return self.last(nn.functional.silu(self.norm(h)))


class Matched(nn.Module):
    """A U-net with torchcfm's loss."""

    def __init__(self, shape):
        super().__init__()
        from torchcfm.conditional_flow_matching import ConditionalFlowMatcher

        self.seen = logit(0.05)
        self.net = Unet((16, 32, 32) if shape[1] > 16 else (16, 32))
        self.matcher = ConditionalFlowMatcher(sigma=0.0)
        self.evaluations = 0

    def loss(self, levels):
        data = self.seen(levels)
        t, xt, ut = self.matcher.sample_location_and_conditional_flow(torch.randn_like(data), data)
        return (self.net(t, xt) - ut).square().mean()


MODELS = {"unet": (Matched, 2e-3)}


def main():
    """Answers until the input ends."""
    levels = images(sys.argv[1])
    model = optimizer = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            torch.set_num_threads(request["threads"])
            torch.manual_seed(0)
            made, rate = MODELS[request["model"]]
            model = made(levels.shape[1:]).to(memory_format=torch.channels_last)
            optimizer = torch.optim.Adam(model.parameters(), lr=rate)
            at = 0
            answer = {
                "version": f"torch {torch.__version__}",
                "parameters": sum(p.numel() for p in model.parameters()),
            }
        else:
            model.evaluations = 0
            start, wall = time.process_time(), time.perf_counter()
            for _ in range(request["steps"]):
                rows = levels[(at + torch.arange(request["batch"])) % len(levels)]
                at += request["batch"]
                optimizer.zero_grad(set_to_none=True)
                loss = model.loss(rows)
                loss.backward()
                optimizer.step()
            answer = {
                "seconds": [time.process_time() - start],
                "passed": time.perf_counter() - wall,
                "loss": loss.item(),
                "evaluations": model.evaluations,
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
