# SPDX-License-Identifier: Apache-2.0
"""Logits of the small Mamba-1 and of a tiny random Mamba-2 in PyTorch, from the checkpoints alone.

`write` stores what the C tests compare with; `check` computes it again and compares. Mamba-2 is
computed as attention (the paper's dual form), without a state.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "scripts/train_small_mamba"))
SMALL, TINY = ROOT / "data/small-mamba", HERE / "expected/mamba2"
SMALL_TOKENS, TINY_TOKENS, KEPT = 80, 40, 16
FEW_CHAPTERS = 6
TOLERANCE = 1e-5


def read_tensors(path):
    """The float16 tensors of a .safetensors file, in float32."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    tensors = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            first, end = (start + offset for offset in entry["data_offsets"])
            values = np.frombuffer(raw[first:end], "<f2").astype(np.float32)
            tensors[name] = torch.tensor(values.reshape(entry["shape"]))
    return tensors


def norm(x, weight, epsilon):
    """RMSNorm over the last dimension."""
    return weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


def convolve(x, mixer):
    """SiLU of the causal convolution of x [length, channels]."""
    weight = mixer["conv1d.weight"]
    taps = weight.shape[-1]
    y = F.conv1d(F.pad(x.T[None], (taps - 1, 0)), weight, mixer["conv1d.bias"],
                 groups=weight.shape[0])
    return F.silu(y[0].T)


def mamba1(x, mixer, config):
    """The Mamba-1 mixer of x [length, d_model]."""
    x, z = F.linear(x, mixer["in_proj.weight"]).chunk(2, dim=-1)
    u = convolve(x, mixer)
    states = config["state_size"]
    low, b, c = F.linear(u, mixer["x_proj.weight"]).split(
        [config["time_step_rank"], states, states], dim=-1)
    dt = F.softplus(F.linear(low, mixer["dt_proj.weight"], mixer["dt_proj.bias"]))
    a = -torch.exp(mixer["A_log"])
    h, rows = torch.zeros_like(a), []
    for t in range(len(u)):
        h = torch.exp(dt[t, :, None] * a) * h + (dt[t] * u[t])[:, None] * b[t]
        rows.append(h @ c[t] + mixer["D"] * u[t])
    return F.linear(torch.stack(rows) * F.silu(z), mixer["out_proj.weight"])


def mamba2(x, mixer, config):
    """The Mamba-2 mixer of x [length, d_model]."""
    inner, groups = config["intermediate_size"], config["n_groups"]
    heads, size, states = config["num_heads"], config["head_dim"], config["state_size"]
    z, conv, dt = F.linear(x, mixer["in_proj.weight"]).split(
        [inner, inner + 2 * groups * states, heads], dim=-1)
    u, b, c = convolve(conv, mixer).split([inner, groups * states, groups * states], dim=-1)
    dt = F.softplus(dt + mixer["dt_bias"]).clamp(*config["time_step_limit"])
    u = u.reshape(-1, heads, size)
    b, c = (m.reshape(-1, groups, states).repeat_interleave(heads // groups, 1) for m in (b, c))
    passed = torch.cumsum(-torch.exp(mixer["A_log"]) * dt, 0)
    later = torch.ones(len(x), len(x)).triu(1).bool()[..., None]
    decay = torch.exp((passed[:, None] - passed[None]).masked_fill(later, -math.inf))
    weights = torch.einsum("thn,shn->tsh", c, b) * decay * dt[None]
    y = torch.einsum("tsh,shp->thp", weights, u) + mixer["D"][:, None] * u
    y = (y.reshape(-1, inner) * F.silu(z)).reshape(-1, groups, inner // groups)
    y = norm(y, mixer["norm.weight"].reshape(groups, -1), config["layer_norm_epsilon"])
    return F.linear(y.reshape(-1, inner), mixer["out_proj.weight"])


def logits(folder, tokens):
    """The last KEPT rows of logits of a checkpoint whose head is its embedding."""
    config = json.loads((folder / "config.json").read_text())
    tensors = read_tensors(folder / "model.safetensors")
    mixer = mamba1 if config["model_type"] == "mamba" else mamba2
    epsilon = config["layer_norm_epsilon"]
    x = tensors["backbone.embeddings.weight"][tokens]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"backbone.layers.{layer}."
        parts = {name[len(prefix + "mixer."):]: tensor for name, tensor in tensors.items()
                 if name.startswith(prefix + "mixer.")}
        x = x + mixer(norm(x, tensors[prefix + "norm.weight"], epsilon), parts, config)
    x = norm(x[-KEPT:], tensors["backbone.norm_f.weight"], epsilon)
    return F.linear(x, tensors["backbone.embeddings.weight"]).numpy()


def make_tiny(folder):
    """A random Mamba-2 with every size different from the others."""
    from checkpoint import write_tensors
    generator = torch.Generator().manual_seed(1)
    d_model, layers, heads, size, groups, states, vocab = 20, 2, 6, 5, 2, 7, 32
    inner = heads * size
    channels = inner + 2 * groups * states
    config = {"model_type": "mamba2", "vocab_size": vocab, "hidden_size": d_model,
              "intermediate_size": inner, "num_hidden_layers": layers, "state_size": states,
              "num_heads": heads, "head_dim": size, "n_groups": groups, "conv_kernel": 4,
              "layer_norm_epsilon": 1e-5, "time_step_limit": [0.0, math.inf], "hidden_act": "silu",
              "use_bias": False, "use_conv_bias": True, "tie_word_embeddings": True}

    def normal(*shape, mean=0.0, deviation=1.0):
        return mean + deviation * torch.randn(shape, generator=generator)

    tensors = {"backbone.embeddings.weight": normal(vocab, d_model),
               "backbone.norm_f.weight": normal(d_model, mean=1, deviation=0.2)}
    for layer in range(layers):
        mixer = {"in_proj.weight": normal(inner + channels + heads, d_model, deviation=0.3),
                 "conv1d.weight": normal(channels, 1, 4, deviation=0.5),
                 "conv1d.bias": normal(channels, deviation=0.2),
                 "dt_bias": normal(heads, mean=-1), "A_log": normal(heads),
                 "D": normal(heads, mean=1, deviation=0.3),
                 "norm.weight": normal(inner, mean=1, deviation=0.2),
                 "out_proj.weight": normal(d_model, inner, deviation=0.2)}
        prefix = f"backbone.layers.{layer}."
        tensors[prefix + "norm.weight"] = normal(d_model, mean=1, deviation=0.2)
        tensors.update({prefix + "mixer." + name: value for name, value in mixer.items()})
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(folder / "model.safetensors",
                  {name: value.numpy().astype("<f2") for name, value in tensors.items()},
                  {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def all_logits():
    """Expected arrays by file name."""
    text = (SMALL / "test.txt").read_bytes()[:SMALL_TOKENS]
    tiny = [(7 * i * i + 3 * i) % 32 for i in range(TINY_TOKENS)]
    return {"mamba1.npy": logits(SMALL, torch.tensor(list(text))),
            "mamba2.npy": logits(TINY, torch.tensor(tiny))}


def bits_per_byte():
    """Bits per byte of the first test chapters and of all, by the training's model."""
    import checkpoint
    import kernels
    from text import Chapter
    from training import bits_per_byte as measure
    kernels.build(ROOT / "build/train")
    model = checkpoint.load(SMALL)
    chapters = [Chapter("", data) for data in (SMALL / "test.txt").read_bytes().split(b"\f")]
    return {str(n): measure(model, chapters[:n]) for n in (FEW_CHAPTERS, len(chapters))}


def write():
    """Everything under expected/."""
    make_tiny(TINY)
    for name, values in all_logits().items():
        np.save(HERE / "expected" / name, values)
    (HERE / "expected/bits_per_byte.json").write_text(json.dumps(bits_per_byte(), indent=2) + "\n")


def check():
    """Whether PyTorch still gives the stored logits."""
    worst = 0.0
    for name, values in all_logits().items():
        stored = np.load(HERE / "expected" / name)
        worst = max(worst, float(np.abs(values - stored).max() / np.abs(stored).max()))
    print(f"PyTorch: logits within {worst:.1e} of those stored")
    return worst < TOLERANCE


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        with torch.no_grad():
            write()
    elif sys.argv[1:] == ["check"]:
        with torch.no_grad():
            sys.exit(0 if check() else 1)
    else:
        sys.exit(f"usage: {sys.argv[0]} write|check")
