# SPDX-License-Identifier: Apache-2.0
"""The README beside the checkpoint; every figure in it is read or measured here."""
import numpy as np

from layers import TOKENS, chapter_of
from record import WINDOW, WINDOWS
from training import CLIP, LAST_RATE, RECENT, bits_per_byte, load_figures

TEMPLATE = """\
# A small Mamba-1 and its activations
A Mamba-1 language model over bytes, trained on the King James Bible: small enough to be stored
here, and real enough to ask what a number format costs in bits per byte. It has {parameters:,}
parameters: {layers} layers, d_model {d_model}, d_inner {d_inner}, d_state {d_state},
d_conv {d_conv}, dt_rank {dt_rank}, a vocabulary of {vocab} and tied embeddings.

This page is written by `scripts/train_small_mamba/train.py`, figures included.

## Figures
| bits per byte | float32 weights | float16 weights |
|---|---|---|
| last {recent} training steps | {train_bits_per_byte:.5f} | |
| calibration chapters | {calibration_bits_per_byte_float32:.5f} | {calibration_float16:.5f} |
| test chapters | {test_bits_per_byte_float32:.5f} | {test_float16:.5f} |

A chapter is read in one pass from its first byte, which is not counted; arithmetic is float32.
The shipped checkpoint is the float16 one.

## How it was made
`make train`, which installs the packages in `scripts/train_small_mamba/packages` and runs
`/usr/bin/python3 scripts/train_small_mamba/train.py`; with `--record-only` that program only
records the activations again, from the checkpoint, with `--text-only` it only writes the held-out
chapters, and with `--self-test` it checks its kernels.

| | |
|---|---|
| text | Debian's `bible-kjv`, verse references stripped, one verse a line |
| train | {train_chapters} chapters, {train_bytes:,} bytes |
| calibration | {calibration_chapters} chapters, {calibration_bytes:,} bytes |
| test | {test_chapters} chapters, {test_bytes:,} bytes |
| seed | {seed}, of the split, the first weights, the batches and the recorded windows |
| steps | {steps} of {batch} sequences of {window} bytes |
| optimizer | AdamW (0.9, 0.95), no weight decay, gradients clipped at {clip:g} |
| learning rate | {rate}, after {warm_up} steps of warm-up; cosine to {last_rate:.0%} of it |
| time | {minutes:.0f} minutes, {seconds_a_step:.2f} s a step, threads: {threads} |
| versions | {version_list} |

The text is in the public domain; in the United Kingdom the Crown holds the right to print it.
Another processor or library rounds differently: a second training need not give the same bits.

## The activations
`activations/layerN.PART.npy` holds the scan's input u (the convolution's output after SiLU) of
layer N, in float32 [tokens, {d_inner}], computed in float32 with the float16 weights. PART is
calibration, with {calibration_windows} windows of {window_tokens} consecutive bytes, or test, with
{test_windows}. Each window comes from another held-out chapter and is read after all of the chapter
that precedes it. `manifest.json` gives the chapter and offset of each window and a CRC-32 of each
row of data. Layer 0 sees only the last {d_conv} bytes, so that some of its rows are equal.

| layer | min | max | negative | kurtosis | max/p99 | max/p99.9 |
|---|---|---|---|---|---|---|
{tails}

Both parts together; kurtosis is 3 for a normal distribution; percentiles are of the absolute
value. These are not the tails of mamba-130m: a conclusion about a format that depends on the tail
has to be checked there.

## The layers
`layers/layerN.safetensors` holds what the conv and scan engines read of layer N on the first
{layer_tokens} bytes of the test chapter {layer_chapter}: x, w, bias, dt (before dt_bias), B, C, z
and A_log in INT8, each with its scale s_NAME, which puts the largest magnitude at 127; D and
dt_bias in float32; s_x_proj and s_h, made so from u and from the state. Names and shapes are those
that `w4a5se conv` and `w4a5se scan` take (`docs/formats.md`).

| layer | u | y | y, u in INT8 | largest state |
|---|---|---|---|---|
{layer_figures}

Signal to noise against the float32 model: u is the convolution's output after SiLU, y the scan's
after the gate, both computed in float64 from the file's tensors alone.

## Files
| file | bytes | what |
|---|---|---|
{files}
"""

FILES = {
    "model.safetensors": "weights, float16, Hugging Face's names",
    "config.json": "Hugging Face's configuration",
    "calibration.txt": "the chapters that are held out for calibration, a form feed between two",
    "test.txt": "the chapters that figures are measured on, likewise",
    "training.json": "settings and figures of the training",
    "activations/layer*.calibration.npy": "u, to choose scales on",
    "activations/layer*.test.npy": "u, to judge them on",
    "activations/manifest.json": "origin and CRC-32 of the rows",
    "layers/layer*.safetensors": "what the engines read of each layer",
}


def _tail_row(layer, u):
    """One line of the table of tails."""
    size, centred = np.abs(u), u - u.mean()
    kurtosis = (centred ** 4).mean() / (centred ** 2).mean() ** 2
    high, higher = (size.max() / np.percentile(size, p) for p in (99, 99.9))
    return (f"| {layer} | {u.min():.4f} | {u.max():.2f} | {(u < 0).mean():.1%} | {kurtosis:.1f} "
            f"| {high:.2f} | {higher:.2f} |")


def _tails(folder, layers):
    """The table of tails, over calibration and test rows together."""
    rows = []
    for layer in range(layers):
        parts = [np.load(folder / f"layer{layer}.{part}.npy") for part in ("calibration", "test")]
        rows.append(_tail_row(layer, np.concatenate(parts).astype(np.float64)))
    return "\n".join(rows)


def _layer_figures(figures):
    """The table of signal to noise."""
    return "\n".join(f"| {layer} | {f['u']:.1f} dB | {f['y']:.1f} dB | {f['y_int8']:.1f} dB "
                     f"| {f['largest']:.2f} |" for layer, f in enumerate(figures))


def _file_table(folder):
    """The table of files; a line's size is that of all the files it names."""
    rows = []
    for pattern, what in FILES.items():
        size = sum(path.stat().st_size for path in folder.glob(pattern))
        rows.append(f"| `{pattern}` | {size:,} | {what} |")
    return "\n".join(rows)


def _split_figures(parts):
    """Chapters and bytes of each part of the text."""
    figures = {}
    for name, chapters in zip(("train", "calibration", "test"), parts):
        figures[f"{name}_chapters"] = len(chapters)
        figures[f"{name}_bytes"] = sum(len(chapter.data) for chapter in chapters)
    return figures


def write(model, options, parts, layer_figures):
    """Write README.md into the output folder, from the reloaded checkpoint and the recordings."""
    folder, config = options.output, model.config
    training = load_figures(folder)
    versions = training.pop("versions")
    (folder / "README.md").write_text(TEMPLATE.format(
        **vars(config), **training, **_split_figures(parts), d_inner=config.d_inner,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        calibration_float16=bits_per_byte(model, parts[1]),
        test_float16=bits_per_byte(model, parts[2]),
        last_rate=LAST_RATE, clip=CLIP, recent=RECENT,
        minutes=training["seconds"] / 60, seconds_a_step=training["seconds"] / training["steps"],
        version_list=", ".join(f"{name} {version}" for name, version in versions.items()),
        window_tokens=WINDOW, calibration_windows=WINDOWS["calibration"],
        layer_tokens=TOKENS, layer_chapter=chapter_of(parts[2]).name,
        layer_figures=_layer_figures(layer_figures),
        test_windows=WINDOWS["test"], tails=_tails(folder / "activations", config.layers),
        files=_file_table(folder)))
