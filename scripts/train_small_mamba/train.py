# SPDX-License-Identifier: Apache-2.0
"""Train a small byte-level Mamba-1 on the King James Bible and record real activations and layers.

The defaults reproduce data/small-mamba, up to the rounding of this machine's float32 kernels.
Needs the Debian packages listed in `packages`, beside this file. One core is enough.
"""
import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAST_BLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp"


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--output", type=Path, default=ROOT / "data/small-mamba", help="what is delivered")
    add("--build", type=Path, default=ROOT / "build/train", help="compiled kernels, saved state")
    add("--steps", type=int, default=2000, help="training steps")
    add("--batch", type=int, default=16, help="sequences in a step")
    add("--window", type=int, default=256, help="bytes in a sequence")
    add("--rate", type=float, default=8e-3, help="largest learning rate")
    add("--warm-up", type=int, default=100, help="steps of linear warm-up")
    add("--seed", type=int, default=1, help="of the split, the weights, the batches, the windows")
    add("--threads", type=int, default=1, help="threads of torch and BLAS")
    add("--resume", action="store_true", help="go on from the state in the build folder")
    add("--record-only", action="store_true",
        help="only record, and write the README, from the checkpoint and its seed")
    add("--text-only", action="store_true",
        help="only write the held-out chapters, of the checkpoint's seed")
    add("--self-test", action="store_true", help="compare the C kernels with plain torch")
    return parser.parse_args()


def use_fast_blas(threads):
    """Start this program again with OpenBLAS first among the libraries, unless that is done.

    The loader reads LD_LIBRARY_PATH when a process starts, so that setting it here is too late.
    """
    wanted = {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE"}
    if os.path.isdir(FAST_BLAS):
        wanted["LD_LIBRARY_PATH"] = FAST_BLAS
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})


def main(options):
    """Everything the options ask for. The imports wait for use_fast_blas."""
    import torch

    import checkpoint
    import kernels
    import layers
    import readme
    import record
    import text
    import training

    torch.set_num_threads(options.threads)
    kernels.build(options.build)
    if options.self_test:
        return 0 if kernels.self_test() else 1
    if options.record_only or options.text_only:
        options.seed = training.load_figures(options.output)["seed"]
    parts = text.split(options.seed)
    text.save(options.output, *parts[1:])
    if options.text_only:
        return 0
    if not options.record_only:
        training.run(options, *parts)
    model = checkpoint.load(options.output)
    record.run(model, options, *parts[1:])
    figures = layers.record(model, options.output / "layers", parts[2])
    readme.write(model, options, parts, figures)
    return 0


if __name__ == "__main__":
    arguments = parse()
    use_fast_blas(arguments.threads)
    sys.exit(main(arguments))
