# SPDX-License-Identifier: Apache-2.0
"""The blocks whose logic is modelled: what is synthesised, and the terms that are fitted to it.

A grid is every combination of its values. The model is fitted to the grids `fit` and judged on the
grids `held`. A term is what it counts and how many there are; an expression has + - * ( ) >= >, names
of parameters, min, max and bits(n), the bits of an index into n things. `parts` are blocks that are
left out of a block, with their number and parameters.
"""

import itertools
from dataclasses import dataclass, field


@dataclass
class Block:
    fit: list
    terms: dict
    held: list = field(default_factory=list)
    parts: list = field(default_factory=list)


FIXED = {"logic of any size": "1"}


def pipelined(registers, fit, held):
    """A unit whose registers LATENCY switches on, one row of them after the other."""
    switched = " + ".join(f"{width} * (LATENCY >= {k + 1})" for k, width in enumerate(registers))
    return Block([{"LATENCY": fit}], FIXED | {"registers": switched}, [{"LATENCY": held}])


def of_codes(name="CODE_BITS", fit=(4, 6, 8), held=(5, 7), **more):
    return Block([{name: fit}], FIXED | {"bits of a code": name}, [{name: held}], **more)


BLOCKS = {
    "quantizer": of_codes(),
    "scale_mux": of_codes(),
    "scale_mux_pow2": of_codes(),
    "code_pack": of_codes("WIDTH", (4, 6, 7, 9), (5, 8)),
    "code_unpack": of_codes("WIDTH", (4, 6, 7, 9), (5, 8)),
    "fp32_mul": pipelined((37, 62, 64), (0, 3), (1, 2)),
    "fp32_add": pipelined((37, 42, 65), (0, 3), (1, 2)),
    "fp32_fma": pipelined((37, 92, 96), (0, 3), (1, 2)),
    "fp32_exp": pipelined((32, 45, 48, 48, 49, 46), (1, 6), (3,)),
    "fp32_log1p": pipelined((32, 81, 122, 89, 46, 54), (1, 6), (3,)),
    "fp32_from_int": Block(
        [{"WIDTH": (8, 14, 20, 32, 40), "LATENCY": (1,)}, {"WIDTH": (20,), "LATENCY": (0,)}],
        FIXED | {"bits": "WIDTH", "bits through a shifter": "WIDTH * bits(WIDTH)",
                 "bits that are rounded": "(WIDTH > 25)", "registers": "(min(WIDTH, 24) + 10) * LATENCY"},
        [{"WIDTH": (10, 17, 36), "LATENCY": (0, 1)}]),
    "fp32_to_int": Block(
        [{"WIDTH": (6, 8, 10, 16, 20, 24, 32), "LATENCY": (1,)}, {"WIDTH": (8, 24), "LATENCY": (0,)}],
        FIXED | {"bits": "WIDTH", "steps of the shifter": "bits(WIDTH + 2)",
                 "registers": "(WIDTH + 2) * LATENCY"},
        [{"WIDTH": (7, 12, 28), "LATENCY": (0, 1)}]),
    "mac_int8": Block(
        [{"ACC_WIDTH": (20, 28, 40)}], FIXED | {"bits of the sum": "ACC_WIDTH"},
        [{"ACC_WIDTH": (24, 32, 36)}]),
    "mac_code_wide": Block(
        [{"Q_WIDTH": (4, 8), "LOG2_RATIO": (1, 4, 7), "ACC_WIDTH": (28,)},
         {"Q_WIDTH": (4, 8), "LOG2_RATIO": (4,), "ACC_WIDTH": (40,)}],
        FIXED | {"rows of the multiplier": "Q_WIDTH + LOG2_RATIO", "bits that are shifted": "Q_WIDTH",
                 "bits of the sum": "ACC_WIDTH"},
        [{"Q_WIDTH": (5, 6, 7), "LOG2_RATIO": (2, 5), "ACC_WIDTH": (32,)}]),
    "mac_code_split": Block(
        [{"Q_WIDTH": (4, 8), "ACC_WIDTH": (24, 40)}, {"Q_WIDTH": (6,), "ACC_WIDTH": (32,)}],
        FIXED | {"rows of the multiplier": "Q_WIDTH", "bits of the sums": "ACC_WIDTH"},
        [{"Q_WIDTH": (5, 7), "ACC_WIDTH": (28, 36)}]),
}

# ---- searches of the scale lookups ------------------------------------------------------------------

SIZES = {"HEAD_BITS": "max(BOUND_BITS, bits(HEADS + 1))", "DIM_BITS": "max(BOUND_BITS, bits(65))",
         "CHANNEL": "bits(GROUPS * HEADS * 64)", "INDEX": "bits(GROUPS * HEAD_GROUPS * DIM_GROUPS)"}


def shapes(groups, head_groups, dim_groups, heads, **more):
    return {"GROUPS": groups, "HEAD_GROUPS": head_groups, "DIM_GROUPS": dim_groups,
            "HEADS": heads} | more


def search(terms, bounds):
    wide = {"BOUND_BITS": (0,)} if bounds else {}
    fit = [shapes((1, 8), (2, 8), (2, 8), (16,), **wide), shapes((1,), (4,), (4,), (80,), **wide),
           shapes((8,), (4,), (4,), (64,), **wide)]
    if bounds:
        fit += [shapes((8,), (2, 8), (4,), (16,), **wide), shapes((1,), (4,), (2, 8), (16,), **wide),
                shapes((8,), (4,), (2, 8), (16,), BOUND_BITS=(32,))]
    held = [shapes((4,), (2, 4, 8), (4,), (32,), **wide), shapes((2,), (4,), (2, 8), (16,), **wide),
            shapes((1,), (4,), (8,), (48,), **wide)]
    if bounds:
        held.append(shapes((4,), (4,), (4,), (32,), BOUND_BITS=(16, 32)))
    for name, text in SIZES.items():
        terms = {what: times.replace(name, text) for what, times in terms.items()}
    return Block(fit, FIXED | terms, held)


# A bound is compared as far as it can differ; the bits above that are only tested for 0. n bounds that
# are exceeded are counted by n - bits(n + 1) full adders.
BLOCKS |= {
    "scale_search_parallel": search(
        {"compared bits": "(HEAD_GROUPS - 1) * bits(HEADS) + HEAD_GROUPS * (DIM_GROUPS - 1) * 6",
         "bits above": "(HEAD_GROUPS - 1) * (HEAD_BITS - bits(HEADS)) + "
                       "HEAD_GROUPS * (DIM_GROUPS - 1) * (DIM_BITS - 6)",
         "full adders": "HEAD_GROUPS * (DIM_GROUPS - 1 - bits(DIM_GROUPS)) + "
                        "HEAD_GROUPS - 1 - bits(HEAD_GROUPS)",
         "bits of channel and index": "CHANNEL + INDEX"}, True),
    "scale_search_sequential": search(
        {"bits of a bound": "max(HEAD_BITS, DIM_BITS)", "bits of an index": "INDEX",
         "bits of a step": "max(bits(HEAD_GROUPS), bits(DIM_GROUPS))",
         "two last steps": "(HEAD_GROUPS > DIM_GROUPS) + (DIM_GROUPS > HEAD_GROUPS)"}, True),
    "scale_search_lut": search(
        {"bits of an index": "INDEX", "bits of a group": "bits(GROUPS)"}, False),
    "scale_search_cursor": search(
        {"bits of a channel": "CHANNEL", "bits of an index": "INDEX", "bits of a head": "bits(HEADS)",
         "bits of a run of heads": "bits(GROUPS * HEAD_GROUPS)"}, False),
}

# ---- the convolution engine -------------------------------------------------------------------------


def fixed(parts=()):
    """A block without parameters: what was measured is the model."""
    return Block([{}], FIXED, parts=list(parts))


BLOCKS |= {
    "fp32_silu": fixed(),
    "conv_taps": fixed(),
    "conv_activation": fixed([("fp32_fma", "1", "LATENCY = 2"), ("fp32_silu", "1", "")]),
    "conv_quantize": of_codes(fit=(4, 8), held=(6,)),
    "conv_engine": of_codes(fit=(4, 8), held=(6,), parts=[
        ("conv_taps", "1", ""), ("conv_activation", "1", ""), ("conv_quantize", "1", "")]),
}


def points(name):
    for kind in ("fit", "held"):
        for grid in getattr(BLOCKS[name], kind):
            for values in itertools.product(*grid.values()):
                yield kind, dict(zip(grid, values))
