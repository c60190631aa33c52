# SPDX-License-Identifier: Apache-2.0
"""The blocks whose logic is modelled: what is synthesised, and the terms that are fitted to it.

A grid is every combination of its values. The model is fitted to the grids `fit` and judged on the
grids `held`. A term is what it counts and how many there are; an expression has + - * / ( ) >= >, names
of parameters, min, max and bits(n), the bits of an index into n things. `parts` are blocks that are
left out of a block, with their number and parameters. The critical path is a sum of the same terms, or
of those in `path`.
"""

import itertools
from dataclasses import dataclass, field


@dataclass
class Block:
    fit: list
    terms: dict
    held: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    path: dict = field(default_factory=dict)


FIXED = {"logic of any size": "1"}


def pipelined(registers, fit, held, terms=None):
    """A unit whose registers LATENCY switches on, one row of them after the other."""
    switched = " + ".join(f"{width} * (LATENCY >= {k + 1})" for k, width in enumerate(registers))
    return Block([{"LATENCY": fit}], FIXED | {"registers": switched} | (terms or {}),
                 [{"LATENCY": held}], path=FIXED | {"share of a stage": "1 / (LATENCY + 1)"})


def of_codes(name="CODE_BITS", fit=(4, 6, 8), held=(5, 7), **more):
    return Block([{name: fit}], FIXED | {"bits of a code": name}, [{name: held}], **more)


BLOCKS = {
    "quantizer": of_codes(),
    "dequantizer": of_codes(),
    "scale_mux": of_codes(),
    "scale_mux_pow2": of_codes(),
    "code_pack": of_codes("WIDTH", (4, 6, 7, 9), (5, 8)),
    "code_unpack": of_codes("WIDTH", (4, 6, 7, 9), (5, 8)),
    "fp32_mul": pipelined((37, 62, 64), (0, 3), (1, 2)),
    "fp32_add": pipelined((37, 42, 65), (0, 3), (1, 2)),
    "fp32_fma": pipelined((37, 92, 96), (0, 3), (1, 2)),
    "fp32_exp": pipelined((32, 45, 48, 48, 49, 46), (1, 2, 4, 6), (3, 5),
                          {"registers of tables": "(LATENCY >= 2)"}),
    "fp32_log1p": pipelined((32, 81, 122, 89, 46, 54), (1, 6), (3,)),
    "fp32_to_fp16": Block([{"LATENCY": (0, 1)}], FIXED | {"registers": "21 * LATENCY"}),
    "fp32_div": Block([{"PIPELINED": (0, 1)}], FIXED | {"stages instead of a loop": "PIPELINED"}),
    "fp32_from_int": Block(
        [{"WIDTH": tuple(range(8, 41, 4)), "LATENCY": (0, 1)}],
        FIXED | {"bits": "WIDTH", "bits that are rounded off": "max(WIDTH - 24, 0)",
                 "registers": "(min(WIDTH, 24) + 10) * LATENCY"},
        [{"WIDTH": tuple(range(10, 41, 4)), "LATENCY": (0, 1)}]),
    "fp32_to_int": Block(
        [{"WIDTH": (6, *range(8, 33, 4)), "LATENCY": (0, 1)}],
        FIXED | {"bits": "WIDTH", "steps of the shifter": "bits(WIDTH + 2)",
                 "registers": "(WIDTH + 2) * LATENCY"},
        [{"WIDTH": tuple(range(10, 33, 4)), "LATENCY": (0, 1)}]),
    "adder": Block([{"WIDTH": (8, 16, 20, 24, 32, 48)}], FIXED | {"bits": "WIDTH"},
                   [{"WIDTH": (12, 21, 40)}]),  # a yardstick (scripts/gates), of a rotation
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


MINIMAL = {"BOUND_BITS": (0,)}  # bounds as narrow as they can be
WIDE = {"BOUND_BITS": (32,)}
ORDERS = {"CHECK_ORDER": (0, 1)}


def sized(terms):
    for name, text in SIZES.items():
        terms = {what: times.replace(name, text) for what, times in terms.items()}
    return terms


def search(terms, fit, held=(), path={}, **more):
    held = [shapes((4,), (2, 4, 8), (4,), (32,), **more), shapes((2,), (4,), (2, 8), (16,), **more),
            shapes((1,), (4,), (8,), (48,), **more), shapes((2,), (2, 8), (4,), (64,), **more),
            shapes((1,), (2,), (2,), (40,), **more), *held]
    return Block(fit, FIXED | sized(terms), held, path=sized(path))


def search_of_bounds(terms, path={}):
    fit = [shapes((1, 8), (2, 8), (2, 8), (16,), **MINIMAL),
           shapes((4,), (2, 4, 8), (2, 8), (64,), **MINIMAL),
           shapes((1,), (2, 8), (2, 4, 8), (80,), **MINIMAL),
           shapes((1, 8), (2, 8), (2, 8), (16,), **WIDE)]
    held = [shapes((4,), (4,), (4,), (32,), BOUND_BITS=(16, 32)), shapes((2,), (2,), (8,), (32,), **WIDE),
            shapes((8,), (8,), (2,), (64,), **MINIMAL)]
    return search(terms, fit, held, path, **MINIMAL)


# A bound is compared as far as it can differ; the bits above that are only tested for 0. n bounds that
# are exceeded are counted by n - bits(n + 1) full adders.
BLOCKS |= {
    "scale_search_parallel": search_of_bounds(
        {"compared bits": "(HEAD_GROUPS - 1) * bits(HEADS) + HEAD_GROUPS * (DIM_GROUPS - 1) * 6",
         "bits above": "(HEAD_GROUPS - 1) * (HEAD_BITS - bits(HEADS)) + "
                       "HEAD_GROUPS * (DIM_GROUPS - 1) * (DIM_BITS - 6)",
         "full adders of dim groups": "HEAD_GROUPS * (DIM_GROUPS - 1 - bits(DIM_GROUPS))",
         "full adders of head groups": "HEAD_GROUPS - 1 - bits(HEAD_GROUPS)",
         "bits that a head group chooses": "(HEAD_GROUPS - 1) * bits(DIM_GROUPS)",
         "bits of channel and index": "CHANNEL + INDEX"},
        FIXED | {"full adders of a head": "HEAD_GROUPS - bits(HEAD_GROUPS + 1)",
                 "full adders of a dim": "DIM_GROUPS - bits(DIM_GROUPS + 1)", "bits of a head": "bits(HEADS)"}),
    "scale_search_sequential": search_of_bounds(
        {"compared bits": "bits(HEADS) + 6", "bits above": "HEAD_BITS + DIM_BITS - bits(HEADS) - 6",
         "bits of a group": "bits(GROUPS)", "bits of a head group": "bits(HEAD_GROUPS)",
         "bits of a dim group": "bits(DIM_GROUPS)",
         "steps of heads alone": "max(bits(HEAD_GROUPS) - bits(DIM_GROUPS), 0)",
         "steps of dims alone": "max(bits(DIM_GROUPS) - bits(HEAD_GROUPS), 0)"}),
    "scale_search_lut": search(
        {"bits of an index": "INDEX", "bits of a group": "bits(GROUPS)"},
        [shapes((1, 8), (2, 8), (2, 8), (16,)), shapes((1,), (4,), (4,), (80,)),
         shapes((8,), (4,), (4,), (64,))]),
    "scale_search_cursor": search(
        {"bits of a channel": "CHANNEL", "bits of an index": "INDEX", "bits of a head": "bits(HEADS)",
         "bits of a run of heads": "bits(GROUPS * HEAD_GROUPS)",
         "check of the order": "CHECK_ORDER", "checked bits": "CHECK_ORDER * CHANNEL",
         "last channel of no power of 2": "CHECK_ORDER * (1 + bits(HEADS) - bits(HEADS + 1))"},
        [shapes((1, 8), (2, 8), (2, 8), (16,), **ORDERS), shapes((2, 4), (2, 8), (2, 8), (32,), **ORDERS),
         shapes((8,), (4,), (4,), (64,), **ORDERS), shapes((1,), (2, 4, 8), (4,), (24, 80), **ORDERS)],
        **ORDERS),
}

# ---- whole lookups: what they add to the search -----------------------------------------------------


def lookup(form, terms, bounds=False, **more):
    """Loading and checking of tables, one of a shape's scales of SCALE_WORDS words."""
    wide = MINIMAL if bounds else {}
    words = {"SCALE_WORDS": (1, 4)} | more
    fit = [shapes((1, 8), (2, 8), (2, 8), (16,), **wide, **words),
           shapes((1,), (4,), (4,), (80,), **wide, **words)]
    if more:
        fit[1]["CHECK_ORDER"] = (1,)
    if bounds:
        fit.append(shapes((8,), (4,), (4,), (64,), **WIDE, **words))
    held = [shapes((4,), (2, 8), (4,), (32,), **wide, SCALE_WORDS=(2,), **more),
            shapes((2,), (4,), (2, 8), (16,), **wide, SCALE_WORDS=(1,), **more),
            shapes((1,), (4,), (8,), (48,), **wide, SCALE_WORDS=(4,), **more)]
    return Block(fit, FIXED | sized(terms), held, [(f"scale_search_{form}", "1", "")])


WORDS = {"more than a word": "(SCALE_WORDS >= 2)", "thresholds": "(SCALE_WORDS >= 4)"}
BLOCKS |= {
    "scale_lookup_sequential": lookup("sequential", {
        "bits of an address": "bits(GROUPS * HEAD_GROUPS * DIM_GROUPS * SCALE_WORDS)",
        "bits of a row": "bits(HEAD_GROUPS) + bits(DIM_GROUPS)"} | WORDS, True),
    "scale_lookup_parallel": lookup("parallel", {
        "bits of an address": "bits(GROUPS * HEAD_GROUPS * DIM_GROUPS * SCALE_WORDS)",
        "bits of a row": "bits(HEAD_GROUPS) + bits(DIM_GROUPS)",
        "bounds": "HEAD_GROUPS * DIM_GROUPS - 1"} | WORDS, True),
    "scale_lookup_lut": lookup("lut", {
        "bits of an address": "max(CHANNEL, bits(GROUPS * HEAD_GROUPS * DIM_GROUPS * SCALE_WORDS))",
        "bits of an index in a group": "bits(HEAD_GROUPS * DIM_GROUPS)",
        "bits of a head": "bits(HEADS)"} | WORDS),
    "scale_lookup_cursor": lookup("cursor", {
        "bits of an address": "bits(GROUPS * HEAD_GROUPS * DIM_GROUPS * SCALE_WORDS)",
        "bits of a row": "bits(HEAD_GROUPS) + bits(DIM_GROUPS)",
        "bits of a run": "max(bits(HEAD_GROUPS), bits(DIM_GROUPS))"} | WORDS, CHECK_ORDER=(0,)),
}

# ---- engines ----------------------------------------------------------------------------------------


def fixed(parts=()):
    """A block without parameters: what was measured is the model."""
    return Block([{}], FIXED, parts=list(parts))


def part(block, times="1", given=""):
    return block, times, given


def front(d_inner, code, fp32, per_channel):
    return {"D_INNER_MAX": d_inner, "CODE_BITS": code, "FP32_INPUT": fp32,
            "SCALE_PER_CHANNEL": (per_channel,)}


def engine(lanes, d_state, d_inner, code=4, fp32=0, int8=(0,)):
    return {"LANES": lanes, "D_STATE": (d_state,), "D_INNER_MAX": d_inner, "CODE_BITS": (code,),
            "FP32_INPUT": (fp32,), "STATE_INT8": int8}


def chip(lanes, d_state, d_inner, code, int8):
    return {"LANES": lanes, "D_STATE": (d_state,), "D_INNER_MAX": d_inner, "CODE_BITS": (code,),
            "STATE_INT8": (int8,)}


MUL, FMA = "fp32_mul", "fp32_fma"
TWO, SIX = "LATENCY = 2", "LATENCY = 6"
EXP = part("fp32_exp", given=SIX)
QUOTIENT = [EXP, part("fp32_quotient")]
CHANNEL_BITS = {"bits of a channel": "bits(D_INNER_MAX)"}

BLOCKS |= {
    "fp32_quotient": fixed(),
    "fp32_silu": fixed(QUOTIENT),
    "fp32_softplus": fixed([EXP, part("fp32_log1p", given=SIX)]),
    "conv_taps": Block([{"D_INNER_MAX": (32, 8192)}], FIXED | CHANNEL_BITS,
                       [{"D_INNER_MAX": (512, 5120)}]),
    "conv_activation": fixed([part(FMA, given=TWO), part("fp32_silu")]),
    "conv_quantize": of_codes(fit=(4, 8), held=(6,)),
    "conv_engine": Block(
        [{"CODE_BITS": (4, 8), "D_INNER_MAX": (64, 8192)}],
        FIXED | CHANNEL_BITS | {"bits of a code": "CODE_BITS"},
        [{"CODE_BITS": (6,), "D_INNER_MAX": (512, 2048)}],
        [part("conv_taps"), part("conv_activation"), part("conv_quantize")]),
    "scan_bc": Block([{"D_STATE": (16, 128)}], FIXED | {"bits of a state's number": "bits(D_STATE)"},
                     [{"D_STATE": (64,)}]),
    "scan_front": Block(
        [front((64, 8192), (4,), (0, 1), 0), front((2048,), (8,), (0, 1), 0),
         front((2048,), (4, 8), (0,), 1)],
        FIXED | CHANNEL_BITS | {
            "bits of a code": "CODE_BITS",
            "bits of a code that wait": "CODE_BITS * (1 - max(FP32_INPUT, SCALE_PER_CHANNEL))",
            "FP32 or code": "FP32_INPUT", "scales of each channel": "SCALE_PER_CHANNEL"},
        [front((512, 5120), (6,), (0,), 0), front((512,), (5,), (1,), 0), front((512,), (7,), (0,), 1)],
        [part("fp32_softplus"), part("dequantizer"), part(MUL, "2", TWO)]),
    "scan_lane": Block(
        [{"DEPTH": (64, 1048576), "STATE_INT8": (0, 1)}],
        FIXED | {"bits of an address": "bits(DEPTH)", "INT8 state": "STATE_INT8"},
        [{"DEPTH": (8192, 20480), "STATE_INT8": (0, 1)}],
        [part(MUL, "2 + STATE_INT8", TWO), EXP, part(FMA, "2", TWO),
         part("dequantizer", "STATE_INT8", "CODE_BITS = 8")]),
    "scan_back": fixed(QUOTIENT),
    "scan_engine": Block(
        [engine((1, 4, 16), 16, (64, 8192)), engine((1, 16), 128, (2048,), int8=(0, 1)),
         engine((4,), 16, (2048,), code=8, fp32=1, int8=(1,))],
        FIXED | {"lanes": "LANES", "bits of a lane": "bits(LANES)",
                 "bits of an address": "bits(D_INNER_MAX * D_STATE / LANES)",
                 "bits of an address that wait longer":
                     "STATE_INT8 * bits(D_INNER_MAX * D_STATE / LANES)",
                 "bits of a state's number": "bits(D_STATE)"},
        [engine((2, 8), 16, (2048, 5120)), engine((8,), 128, (1024,), code=6, int8=(0, 1)),
         engine((2,), 16, (512,), code=5, fp32=1, int8=(1,))],
        [part("scan_front"), part("scan_bc"),
         part("scan_lane", "LANES", "DEPTH = D_INNER_MAX * D_STATE / LANES"), part("scan_back")]),
    # With scales of each channel, in front of scan_front (49 bits wide) or conv_quantize (32).
    "scale_stage": Block(
        [shapes((1, 8), (4,), (4,), (16,), WIDTH=(32, 49), LOOKUP=(4,), SCALE_WORDS=(2,))],
        FIXED | {"bits of a beat": "WIDTH", "bits of a channel": SIZES["CHANNEL"]},
        [shapes((2,), (2,), (8,), (64,), WIDTH=(32,), LOOKUP=(1, 2), SCALE_WORDS=(4,)),
         shapes((1,), (8,), (2,), (80,), WIDTH=(49,), LOOKUP=(3, 4), SCALE_WORDS=(2,))],
        [part("scale_lookup_sequential", "(LOOKUP >= 1) - (LOOKUP >= 2)"),
         part("scale_lookup_parallel", "(LOOKUP >= 2) - (LOOKUP >= 3)"),
         part("scale_lookup_lut", "(LOOKUP >= 3) - (LOOKUP >= 4)"),
         part("scale_lookup_cursor", "(LOOKUP >= 4)", "CHECK_ORDER = 0")]),
    "axi_lite": fixed(),
    # What the parameters change is less than what the mapper makes of it, one of two sizes.
    "top_registers": Block(
        [{"D_STATE": (16, 128), "D_INNER_MAX": (64, 2048), "CODE_BITS": (4, 8)},
         {"D_STATE": (16,), "D_INNER_MAX": (8192,), "CODE_BITS": (4,)},
         {"D_STATE": (16,), "D_INNER_MAX": (256, 1024, 4096), "CODE_BITS": (5, 7)}],
        FIXED,
        [{"D_STATE": (16,), "D_INNER_MAX": (512, 1536), "CODE_BITS": (6,)}]),
    "w4a5se_top": Block(
        [chip((1, 16), 16, (64, 8192), 4, 0), chip((4,), 128, (2048,), 8, 1)], FIXED | CHANNEL_BITS,
        [chip((2,), 128, (512,), 6, 1), chip((8,), 16, (5120,), 5, 0)],
        [part("axi_lite"), part("top_registers"), part("conv_engine"),
         part("scan_engine"), part("code_pack", given="WIDTH = CODE_BITS + 1"),
         part("code_unpack", given="WIDTH = CODE_BITS + 1")]),
}


def points(name):
    for kind in ("fit", "held"):
        for grid in getattr(BLOCKS[name], kind):
            for values in itertools.product(*grid.values()):
                yield kind, dict(zip(grid, values))
