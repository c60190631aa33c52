# SPDX-License-Identifier: Apache-2.0
"""Record the scan's input u of every layer on windows of held-out chapters."""
import json
import random
import zlib

import numpy as np
import torch

WINDOW = 32
CONTEXT = 256
WINDOWS = {"calibration": 7, "test": 8}


def _choose(chapters, count, seed):
    """`count` windows (chapter, offset), each from another chapter, at CONTEXT or later."""
    generator = random.Random(seed)
    long_enough = [chapter for chapter in chapters if len(chapter.data) >= CONTEXT + WINDOW]
    return [(chapter, generator.randint(CONTEXT, len(chapter.data) - WINDOW))
            for chapter in generator.sample(long_enough, count)]


def _record(model, windows):
    """The scan's u on the windows, for every layer: [layers][windows * WINDOW, d_inner].

    Each window is read after all of its chapter that precedes it.
    """
    pieces = []
    for chapter, offset in windows:
        recorded = []
        with torch.no_grad():
            model(chapter.tokens()[None, :offset + WINDOW], recorded)
        pieces.append([layer["u"][0, offset:].numpy() for layer in recorded])
    return [np.concatenate(layer).astype("<f4") for layer in zip(*pieces)]


def _write_manifest(path, files, seed, windows):
    """JSON with one file or window a line."""
    def lines(entries):
        return ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
    path.write_text(f'{{"files":[\n{lines(files)}\n],\n"seed":{seed},\n'
                    f'"context":"the chapter from its beginning",\n'
                    f'"windows":[\n{lines(windows)}\n]}}\n')


def run(model, options, calibration, test):
    """Write activations/layerN.PART.npy and activations/manifest.json into the output folder."""
    folder = options.output / "activations"
    folder.mkdir(parents=True, exist_ok=True)
    files, sources = [], []
    for part, chapters in (("calibration", calibration), ("test", test)):
        windows = _choose(chapters, WINDOWS[part], options.seed)
        sources += [{"part": part, "rows": [i * WINDOW, (i + 1) * WINDOW],
                     "chapter": chapter.name, "offset": offset}
                    for i, (chapter, offset) in enumerate(windows)]
        for layer, u in enumerate(_record(model, windows)):
            name = f"layer{layer}.{part}.npy"
            np.save(folder / name, u)
            files.append({"file": name, "layer": layer, "part": part, "shape": u.shape,
                          "crc32": [zlib.crc32(row.tobytes()) for row in u]})
    _write_manifest(folder / "manifest.json", files, options.seed, sources)
