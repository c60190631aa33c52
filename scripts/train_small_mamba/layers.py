# SPDX-License-Identifier: Apache-2.0
"""Record what the conv and scan engines read of every layer, in INT8, on a held-out chapter."""
import numpy as np
import torch

from checkpoint import write_tensors

TOKENS = 256


def chapter_of(test):
    """The first held-out chapter that is long enough."""
    return next(chapter for chapter in test if len(chapter.data) >= TOKENS)


def _forward(model, chapter):
    """Every layer's float tensors [TOKENS, ...] by name, from the chapter's first byte."""
    recorded = []
    with torch.no_grad():
        model(chapter.tokens()[None, :TOKENS], recorded)
    return [{name: tensor[0].numpy() for name, tensor in layer.items()} for layer in recorded]


def _scale(values):
    """The FP32 scale that puts the largest magnitude at 127, as a tensor without dimensions."""
    return np.array(np.abs(values).max() / 127, "<f4")


def _quantise(values, scale):
    """INT8: the nearest multiple of the scale, half away from zero."""
    steps = values.astype(np.float64) / scale
    return np.clip(np.trunc(steps + np.copysign(0.5, steps)), -128, 127).astype("|i1")


def _tensors(mixer, floats):
    """What the layer's file holds, less s_h: names and shapes as in docs/formats.md."""
    weights = {name: value.numpy() for name, value in mixer.state_dict().items()}
    tensors = {"D": weights["D"], "dt_bias": weights["dt_proj.bias"],
               "s_x_proj": _scale(floats["u"])}
    int8 = {"x": floats["x"], "w": weights["conv1d.weight"][:, 0], "bias": weights["conv1d.bias"],
            "dt": floats["dt"], "B": floats["B"], "C": floats["C"], "z": floats["z"],
            "A_log": weights["A_log"]}
    for name, values in int8.items():
        tensors["s_" + name] = _scale(values)
        tensors[name] = _quantise(values, tensors["s_" + name])
    return tensors


def _silu(x):
    return x / (1 + np.exp(-x))


def _conv(tensors):
    """The convolution and its SiLU in float64, from the file's tensors: u."""
    x, w, bias = (tensors[name] * np.float64(tensors["s_" + name]) for name in ("x", "w", "bias"))
    padded = np.concatenate([np.zeros((w.shape[1] - 1, x.shape[1])), x])
    return _silu(bias + sum(w[:, i] * padded[i:i + len(x)] for i in range(w.shape[1])))


def _scan(tensors, u):
    """The scan and its gate in float64, from the file's tensors: y and the largest |h|."""
    dt, b, c, z, a_log = (tensors[name] * np.float64(tensors["s_" + name])
                          for name in ("dt", "B", "C", "z", "A_log"))
    dt, a = np.logaddexp(0, dt + tensors["dt_bias"]), -np.exp(a_log)
    h, largest, rows = np.zeros(a.shape), 0, []
    for t in range(len(u)):
        h = np.exp(dt[t, :, None] * a) * h + (dt[t] * u[t])[:, None] * b[t]
        largest = max(largest, np.abs(h).max())
        rows.append(h @ c[t] + tensors["D"] * u[t])
    return np.stack(rows) * _silu(z), largest


def _sqnr(exact, found):
    """Signal to noise in decibels."""
    exact = exact.astype(np.float64)
    return 10 * np.log10((exact ** 2).sum() / ((exact - found) ** 2).sum())


def record(model, folder, test):
    """Write layerN.safetensors into the folder.

    Returns a dictionary a layer: the SQNR of u and of y, computed from the file's tensors, against
    the model's own; y also with u in INT8; and the largest |h|.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chapter, figures = chapter_of(test), []
    for index, floats in enumerate(_forward(model, chapter)):
        tensors = _tensors(model.backbone.layers[index].mixer, floats)
        u = _conv(tensors)
        y, largest = _scan(tensors, u)
        int8 = _quantise(u, tensors["s_x_proj"]) * np.float64(tensors["s_x_proj"])
        tensors["s_h"] = np.array(largest / 127, "<f4")
        figures.append({"u": _sqnr(floats["u"], u), "y": _sqnr(floats["y"], y), "largest": largest,
                        "y_int8": _sqnr(floats["y"], _scan(tensors, int8)[0])})
        write_tensors(folder / f"layer{index}.safetensors", tensors,
                      {"layer": str(index), "chapter": chapter.name, "tokens": f"0-{TOKENS - 1}"})
    return figures
