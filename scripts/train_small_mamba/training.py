# SPDX-License-Identifier: Apache-2.0
"""The training loop, the bits per byte of a model, and the figures kept beside the checkpoint."""
import json
import math
import platform
import subprocess
import sys
import time

import numpy
import torch
import torch.nn.functional as F

import checkpoint
from model import Config, Mamba

LAST_RATE = 0.05
CLIP = 1.0
RECENT = 100
SAVE_EVERY = 100
LOG_EVERY = 100


def bits_per_byte(model, chapters):
    """Mean over every byte but each chapter's first; a chapter is read in one pass."""
    nats, count = 0.0, 0
    with torch.no_grad():
        for chapter in chapters:
            tokens = chapter.tokens()
            logits = model(tokens[None, :-1])[0]
            nats += F.cross_entropy(logits, tokens[1:], reduction="sum").item()
            count += len(tokens) - 1
    return nats / count / math.log(2)


def _rate(step, options):
    """The learning rate: linear warm-up, then half a cosine down to LAST_RATE of the largest."""
    if step < options.warm_up:
        return options.rate * (step + 1) / options.warm_up
    done = (step - options.warm_up) / max(1, options.steps - options.warm_up)
    return options.rate * (LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)


def _batch(data, step, options):
    """Sequences [batch, window + 1] at random places of the text; a function of seed and step."""
    generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
    starts = torch.randint(len(data) - options.window, (options.batch, 1), generator=generator)
    return data[starts + torch.arange(options.window + 1)]


def _train_step(model, optimizer, tokens, rate):
    """One step of AdamW; the batch's loss in bits per byte."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    optimizer.step()
    return loss.item() / math.log(2)


def _report(step, steps, losses, seconds):
    """A progress line on a terminal, a line every LOG_EVERY steps elsewhere."""
    terminal, last = sys.stdout.isatty(), step == steps
    if not terminal and not last and step % LOG_EVERY:
        return
    recent = losses[-RECENT:]
    line = (f"step {step}/{steps}  {sum(recent) / len(recent):.3f} bits per byte  "
            f"{seconds / step:.2f} s a step  {seconds / step * (steps - step) / 60:.0f} min left ")
    print("\r" + line if terminal else line, end="" if terminal and not last else "\n", flush=True)


def _package_versions():
    """The versions the figures were made with."""
    query = ["dpkg-query", "-W", "-f", "${Version}", "bible-kjv"]
    bible = subprocess.run(query, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {"python": platform.python_version(), "torch": torch.__version__,
            "numpy": numpy.__version__, "bible-kjv": bible}


def _fit(model, options, data, state_file):
    """Train the model; the losses of the steps and the seconds they took."""
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0.0)
    losses, before = [], 0.0
    if options.resume:
        state = torch.load(state_file)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        losses, before = state["losses"], state["seconds"]
    began = time.monotonic() - before
    for step in range(len(losses), options.steps):
        tokens = _batch(data, step, options)
        losses.append(_train_step(model, optimizer, tokens, _rate(step, options)))
        seconds = time.monotonic() - began
        _report(step + 1, options.steps, losses, seconds)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == options.steps:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                        "losses": losses, "seconds": seconds}, state_file)
    return losses, time.monotonic() - began


def load_figures(folder):
    """What `run` wrote into training.json."""
    return json.loads((folder / "training.json").read_text())


def run(options, train, calibration, test):
    """Train, and write the checkpoint and training.json into the output folder."""
    torch.manual_seed(options.seed)
    model = Mamba(Config())
    data = torch.tensor(list(b"".join(chapter.data for chapter in train)))
    losses, seconds = _fit(model, options, data, options.build / "state.pt")
    checkpoint.save(model, options.output)
    recent = losses[-RECENT:]
    figures = {
        "steps": options.steps, "batch": options.batch, "window": options.window,
        "rate": options.rate, "warm_up": options.warm_up, "seed": options.seed,
        "threads": options.threads, "seconds": round(seconds),
        "train_bits_per_byte": sum(recent) / len(recent),
        "calibration_bits_per_byte_float32": bits_per_byte(model, calibration),
        "test_bits_per_byte_float32": bits_per_byte(model, test),
        "versions": _package_versions(),
    }
    (options.output / "training.json").write_text(json.dumps(figures, indent=2) + "\n")
