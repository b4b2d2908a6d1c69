"""A process that trains flows of images as it is asked to, each in its own library.

The argument is an idx file of images. A line of the input is a JSON object, and so is the answer:
{"do": "load", "model": "unet", "threads": 1} makes the model, of the same layers as fjord's recipe,
and says its size; {"do": "train", "steps": 10, "batch": 64} makes steps of Adam on images in turn,
and says the seconds of the processor and of the clock, the last loss, and the field's evaluations.

glow: normflows' GlowBlock, Split and Squeeze in its MultiscaleFlow
unet: torchcfm's flow matcher with a U-net written here
ffjord: torchdiffeq's adjoint with the multi-scale flow, probe and penalties written here
tarflow: the layers of fjord's TarFlow in plain PyTorch
"""

import gzip
import json
import math
import sys
import time
import warnings

import numpy as np
import torch
from torch import nn

LEVELS = 256

# normflows asks for what newer versions of PyTorch call otherwise.
warnings.filterwarnings("ignore", message="torch.lu")


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


class Glow(nn.Module):
    """normflows' Glow: its levels, steps and hidden channels are those of fjord's recipe."""

    def __init__(self, shape):
        super().__init__()
        import normflows

        self.seen = logit(1e-6)
        self.evaluations = 0
        channels, height, width = shape
        levels, hidden = 0, 64 if channels * height * width > 256 else 48
        while levels < 3 and height % 2 ** (levels + 1) == 0 and width % 2 ** (levels + 1) == 0:
            levels += 1
        bases, flows, merges = [], [], []
        for i in range(levels):
            count = channels * 2 ** (levels + 1 - i)
            steps = [
                normflows.flows.GlowBlock(count, hidden, scale_map="exp") for _ in range(8)
            ]
            flows.append([*steps, normflows.flows.Squeeze()])
            size = height // 2 ** (levels - i), width // 2 ** (levels - i)
            if i > 0:
                merges.append(normflows.flows.Merge())
            left = count if i == 0 else count // 2
            bases.append(normflows.distributions.GlowBase((left, *size)))
        self.flow = normflows.MultiscaleFlow(bases, flows, merges, class_cond=False)

    def loss(self, levels):
        return self.flow.forward_kld(self.seen(levels))


class ConcatSquash(nn.Module):
    """FFJORD's 3 x 3 convolution whose channels time scales and shifts."""

    def __init__(self, channels, out):
        super().__init__()
        self.layer = convolution(channels, out)
        self.gate = nn.Linear(1, out)
        self.shift = nn.Linear(1, out, bias=False)

    def forward(self, t, x):
        t = t.reshape(1, 1)
        return self.layer(x) * torch.sigmoid(self.gate(t))[..., None, None] + self.shift(t)[..., None, None]


class Field(nn.Module):
    """The velocity beside its divergence and RNODE's penalties, by one probe."""

    def __init__(self, channels):
        super().__init__()
        sizes = (channels, 32, 32, channels)
        self.layers = nn.ModuleList([ConcatSquash(a, b) for a, b in zip(sizes, sizes[1:])])
        self.probe = None
        self.evaluations = 0

    def forward(self, t, state):
        self.evaluations += 1
        further = torch.is_grad_enabled()
        with torch.enable_grad():
            z = state[0].requires_grad_(True)
            h = z
            for i, layer in enumerate(self.layers):
                h = layer(t, h)
                h = nn.functional.softplus(h) if i < len(self.layers) - 1 else h
            (product,) = torch.autograd.grad(h, z, self.probe, create_graph=further)

            def total(x):
                return x.flatten(1).sum(1)

            rates = h, total(product * self.probe), total(h.square()), total(product.square())
        return rates if further else tuple(rate.detach() for rate in rates)


class Ffjord(nn.Module):
    """Two flows a level; half of the channels go on. Solved by dopri5 to 1e-3, with the adjoint."""

    def __init__(self, shape):
        super().__init__()
        self.seen = logit(0.05)
        channels, height, _ = shape
        self.levels = nn.ModuleList()
        for _ in range(2 if height % 4 == 0 else 1):
            channels *= 4
            self.levels.append(nn.ModuleList([Field(channels), Field(channels)]))
            channels //= 2

    @property
    def evaluations(self):
        """Of all fields."""
        return sum(field.evaluations for level in self.levels for field in level)

    @evaluations.setter
    def evaluations(self, count):
        for level in self.levels:
            for field in level:
                field.evaluations = count

    def loss(self, levels):
        import torchdiffeq

        z = self.seen(levels)
        left, change, kinetic, jacobian = [], 0, 0, 0
        times = torch.tensor([0.0, 1.0])
        for i, level in enumerate(self.levels):
            z = nn.functional.pixel_unshuffle(z, 2)
            for field in level:
                field.probe = 2 * torch.randint(2, z.shape).float() - 1
                zeros = torch.zeros(len(z))
                solved = torchdiffeq.odeint_adjoint(
                    field, (z, zeros, zeros, zeros), times, rtol=1e-3, atol=1e-3, method="dopri5"
                )
                z, trace, energy, norm = (part[1] for part in solved)
                change, kinetic, jacobian = change + trace, kinetic + energy, jacobian + norm
            if i < len(self.levels) - 1:
                z, out = z.chunk(2, 1)
                left.append(out)
        log_prob = change + sum(normal_log_prob(part) for part in [*left, z])
        nats = math.log(2)
        return (-log_prob + nats * (0.005 * kinetic + 0.01 * jacobian)).mean()


class Attending(nn.Module):
    """A layer of a causal transformer."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.mixed = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, h):
        n, tokens, width = h.shape
        qkv = self.qkv(nn.functional.layer_norm(h, (width,)))
        q, k, v = (
            part.view(n, tokens, self.heads, -1).transpose(1, 2) for part in qkv.chunk(3, -1)
        )
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.mixed(seen.transpose(1, 2).reshape(n, tokens, width))
        return h + self.down(nn.functional.silu(self.up(nn.functional.layer_norm(h, (width,)))))


class TarFlowBlock(nn.Module):
    """Each token gets mean and log-scale from those before it."""

    def __init__(self, tokens, size, width, depth):
        super().__init__()
        self.input = nn.Linear(size, width, bias=False)
        self.places = nn.Parameter(0.01 * torch.randn(tokens, width))
        self.layers = nn.ModuleList([Attending(width, width // 16) for _ in range(depth)])
        self.output = nn.Linear(width, 2 * size)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, x):
        h = nn.functional.pad(x[:, :-1], (0, 0, 1, 0))
        h = self.input(h) + self.places
        for layer in self.layers:
            h = layer(h)
        mean, log_scale = self.output(h).chunk(2, -1)
        return (x - mean) * torch.exp(-log_scale), -log_scale.flatten(1).sum(1)


class TarFlow(nn.Module):
    """Four blocks, which go through the patches in turns of direction."""

    def __init__(self, shape):
        super().__init__()
        self.seen = scaled
        self.evaluations = 0
        channels, height, width = shape
        self.patch = 4 if height == 28 else 1
        tokens = height * width // self.patch**2
        size = channels * self.patch**2
        wide = 128 if channels * height * width > 256 else 64
        self.blocks = nn.ModuleList([TarFlowBlock(tokens, size, wide, 2) for _ in range(4)])

    def loss(self, levels):
        x = nn.functional.pixel_unshuffle(self.seen(levels), self.patch).flatten(2).transpose(1, 2)
        change = 0
        for block in self.blocks:
            x, log_det = block(x)
            x, change = x.flip(1), change + log_det
        return -(normal_log_prob(x) + change).mean()


MODELS = {
    "glow": (Glow, 1e-3),
    "unet": (Matched, 2e-3),
    "ffjord": (Ffjord, 2e-3),
    "tarflow": (TarFlow, 1e-3),
}


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
