"""Peak memory of the MLM head at a 250,002-piece vocabulary: full logits against this project's head.

    OMP_NUM_THREADS=1 python -m benchmarks.training_memory [--vocabulary 250002] [--rows 4] [--length 256]

Each side runs in a process of its own: weights and states are made, then the peak of resident memory is set back, the
head goes forward and backward once, and what the peak rose by is printed. Both sides hold the gradient of the decoder
[V, H] at the end, so it is given apart.

    full logits     decoder over all positions, cross-entropy that ignores the 85 % that are not predicted
    xlmk            decoder over the predicted 15 %, in chunks, gradients added in place
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch
from torch.nn import functional

from xlmk_model.cross_entropy import linear_cross_entropy

SIDES = ("full logits", "xlmk")


def resident(kind: str) -> float:
    """Resident memory of this process, MB: `VmRSS` now, `VmHWM` its peak since it was set back (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{kind}:"))


def side_main(side: str, vocabulary: int, rows: int, length: int, hidden: int) -> None:
    """Body of one process: prints by how much the head raised the peak, MB."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(vocabulary, hidden, generator=generator) * 0.05)
    bias = torch.nn.Parameter(torch.zeros(vocabulary))
    states = torch.randn(rows * length, hidden, generator=generator).requires_grad_()
    labels = torch.randint(4, vocabulary, (rows * length,), generator=generator)
    predicted = torch.rand(rows * length, generator=generator) < 0.15
    weight.grad, bias.grad = torch.ones_like(weight), torch.ones_like(bias)  # that of both sides, touched once
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident
    before = resident("VmRSS")
    count = int(predicted.sum())
    if side == "xlmk":
        loss = linear_cross_entropy(states[predicted], weight, bias, labels[predicted], factor=1 / count) / count
    else:
        wanted = labels.masked_fill(~predicted, -100)
        loss = functional.cross_entropy(functional.linear(states, weight, bias), wanted)
    torch.autograd.backward(loss)
    assert states.grad is not None
    print(json.dumps({"megabytes": round(resident("VmHWM") - before, 1), "loss": round(float(loss.detach()), 4)}))


def main() -> None:
    """Run both sides and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--vocabulary", type=int, default=250_002)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--hidden", type=int, default=384)
    parser.add_argument("--side", choices=SIDES)
    args = parser.parse_args()
    if args.side:
        side_main(args.side, args.vocabulary, args.rows, args.length, args.hidden)
        return
    sizes = {name: getattr(args, name) for name in ("vocabulary", "rows", "length", "hidden")}
    found: dict[str, dict[str, float]] = {}
    for side in SIDES:
        command = [sys.executable, "-m", "benchmarks.training_memory", "--side", side]
        command += [part for name, value in sizes.items() for part in (f"--{name}", str(value))]
        done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
        found[side] = json.loads(done.stdout)
    assert abs(found["xlmk"]["loss"] - found["full logits"]["loss"]) < 1e-3, found
    share = found["xlmk"]["megabytes"] / found["full logits"]["megabytes"]
    gradient = round(args.vocabulary * args.hidden * 4 / 2**20, 1)
    print(json.dumps({**sizes, **found, "decoder gradient": gradient, "xlmk / full logits": round(share, 3)}))


if __name__ == "__main__":
    main()
