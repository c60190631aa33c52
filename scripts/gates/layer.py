# SPDX-License-Identifier: Apache-2.0
"""A recorded layer of the small model through blocks in RTL: what their ports saw, cycle by cycle.

The tensors are data/small-mamba's, what follows from them the C model's (the command's); results of the
RTL are compared with those of the model."""

import array
import json
import math
import pathlib
import re
import struct

from gates.flow import Failure, ROOT, ports_of, run, sources
from gates.play import simulate, vectors_of

COMMAND = ROOT / "build/w4a5se"
LAYER = 0
FIRST_TOKEN, TOKENS = 100, 4  # whose energy counts
CONV_CHANNELS, SCAN_CHANNELS = 64, 16  # the first of the layer's 256; an update is a sixteenth of a channel
D_STATE = 16
DATA = f"layer {LAYER} of the small model, {TOKENS} tokens"
OF_ENGINE = {"conv_engine": f"{DATA}, {CONV_CHANNELS} channels", "scan_engine": f"{DATA}, {SCAN_CHANNELS} channels"}


def bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def fl(x):
    """Rounded to binary32."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


CODES = {"F32": "f", "I8": "b", "<f4": "f", "|i1": "b", "|u1": "B", "<f2": "H"}


def tensors(path):
    data = pathlib.Path(path).read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    found = {}
    for name, t in json.loads(data[8:end]).items():
        if name != "__metadata__":
            low, high = t["data_offsets"]
            found[name] = list(array.array(CODES[t["dtype"]], data[end + low:end + high]))
    return found


def read_npy(path):
    data = pathlib.Path(path).read_bytes()
    end = 10 + int.from_bytes(data[8:10], "little")
    kind = re.search(r"'descr': '([^']+)'", data[10:end].decode()).group(1)
    return list(array.array(CODES[kind], data[end:]))


def write_npy(path, kind, shape, values):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                                   array.array(CODES[kind], values).tobytes())


class Layer:
    def __init__(self, folder):
        if not COMMAND.exists():
            raise Failure("build/w4a5se makes the layer's vectors; `make build` makes it")
        self.folder, self.vectors = folder, {}
        self.path = f"data/small-mamba/layers/layer{LAYER}.safetensors"
        self.t = tensors(ROOT / self.path)
        self.d_inner = len(self.t["D"])
        run([str(COMMAND), "calibrate", "-i", f"data/small-mamba/activations/layer{LAYER}.calibration.npy",
             "-o", f"{folder}/quantizer.yaml"])
        keys = pathlib.Path(folder, "quantizer.yaml").read_text()
        indented = re.sub(r"^", "  ", re.sub(r"^#.*\n", "", keys), flags=re.M)
        for state in ("fp32", "int8-step"):
            pathlib.Path(folder, f"{state}.yaml").write_text(f"state: {state}\nquantizer:\n{indented}\n")
        run([str(COMMAND), "conv", f"--in={self.path}", f"--config={folder}/fp32.yaml",
             f"--out={folder}/u.npy", f"--values={folder}/values.npy", f"--x-proj={folder}/x_proj.npy"])
        self.u, self.values = read_npy(f"{folder}/u.npy"), read_npy(f"{folder}/values.npy")
        # A of the layer's exponents, near what the model's own exp gives.
        s = self.t["s_A_log"][0]
        self.a = [fl(-math.exp(fl(s * q))) for q in self.t["A_log"]]

    def config(self, block, given=""):
        """Configuration ports of a block, its stimulus and results by port, of `w4a5se vectors`."""
        out = f"{self.folder}/{block}"
        run([str(COMMAND), "vectors", block, f"--out={out}", f"--config={self.folder}/quantizer.yaml",
             *([f"--in={given}", f"--packet={self.d_inner}"] if given else ["--count=1"])])
        manifest = json.loads(pathlib.Path(out, "manifest.json").read_text())
        words = lambda port, suffix: [int(x, 16) for x in
                                      pathlib.Path(out, f"{port['name']}_{suffix}.hex").read_text().split()]
        return ({f"{c['name']}_i": int(c["value"], 16) for c in manifest["config"]},
                {f"{p['name']}_i": words(p, "i") for p in manifest["inputs"]},
                {f"{p['name']}_o": words(p, "o") for p in manifest["outputs"]})

    # ---- blocks of one stream ----------------------------------------------------------------------

    def block(self, block, parameters):
        """quantizer, scale_mux, code_pack or code_unpack, a beat a cycle."""
        low, high = ((FIRST_TOKEN + k) * self.d_inner for k in (0, TOKENS))
        given = f"{self.folder}/given.npy"
        if block == "quantizer":
            write_npy(given, "<f4", [high - low], self.values[low:high])
        else:
            write_npy(given, "|u1", [high - low], self.u[low:high])
        constants, inputs, outputs = self.config(block, given)
        beats = list(zip(*inputs.values()))
        vectors = self.stream(block, parameters, constants | {"ready_i": 1}, [],
                              [("valid_i", "ready_o", list(inputs), beats)], 0, len(beats))
        compare(block, vectors, "valid_o", "ready_i", list(outputs), list(zip(*outputs.values())))
        handshake = ("valid_o", "ready_i") if block == "code_unpack" else ("valid_i", "ready_o")
        return vectors, beats_in(vectors, *handshake)

    # ---- engines -----------------------------------------------------------------------------------

    def conv(self, parameters, part=None):
        t, history = self.t, 3
        s_wx, s_bias = fl(t["s_w"][0] * t["s_x"][0]), t["s_bias"][0]
        constants, _, _ = self.config("quantizer")
        constants |= {"d_inner_i": CONV_CHANNELS, "s_wx_i": bits(s_wx), "x_proj_inv_s_i": bits(fl(1 / t["s_x_proj"][0])),
                      "code_ready_i": 1, "x_proj_ready_i": 1}
        setup = [{"param_write_i": 1, "param_address_i": c, "param_bias_i": bits(fl(s_bias * t["bias"][c])),
                  "param_weights_i": int.from_bytes(struct.pack("<4b", *t["w"][4 * c:4 * c + 4]), "little")}
                 for c in range(CONV_CHANNELS)]
        tokens = range(FIRST_TOKEN - history, FIRST_TOKEN + TOKENS)
        beats = [(t["x"][k * self.d_inner + c] & 0xff, int(k == tokens[0])) for k in tokens for c in range(CONV_CHANNELS)]
        vectors = self.stream("conv_engine", parameters, constants, setup,
                              [("valid_i", "ready_o", ["x_i", "first_i"], beats)], history * CONV_CHANNELS, len(beats), part)
        # What left before the counted tokens had too short a history.
        due = [(self.u[k * self.d_inner + c],) for k in tokens for c in range(CONV_CHANNELS)]
        compare("conv_engine", vectors, "code_valid_o", "code_ready_i", ["code_o"], due, history * CONV_CHANNELS)
        return vectors

    def sliced(self, name, tokens):
        width = len(self.t[name]) // (len(self.t["x"]) // self.d_inner)
        used = SCAN_CHANNELS if width == self.d_inner else width
        return [self.t[name][k * width + c] for k in tokens for c in range(used)]

    def run_scan(self, tokens, state, h):
        """The model's scan of some tokens from a state: results and state after them."""
        files = {name: (kind, shape, values) for name, kind, shape, values in (
            ("u", "|u1", [len(tokens), SCAN_CHANNELS],
             [self.u[k * self.d_inner + c] for k in tokens for c in range(SCAN_CHANNELS)]),
            *((n, "|i1", [len(tokens), SCAN_CHANNELS], self.sliced(n, tokens)) for n in ("dt", "z")),
            *((n, "|i1", [len(tokens), D_STATE], self.sliced(n, tokens)) for n in ("B", "C")),
            ("A", "<f4", [SCAN_CHANNELS, D_STATE], self.a[:SCAN_CHANNELS * D_STATE]),
            ("D", "<f4", [SCAN_CHANNELS], self.t["D"][:SCAN_CHANNELS]),
            ("dt_bias", "<f4", [SCAN_CHANNELS], self.t["dt_bias"][:SCAN_CHANNELS]),
            ("h", "<f4", [SCAN_CHANNELS, D_STATE], h),
            *((n, "<f4", [1], self.t[n]) for n in ("s_dt", "s_B", "s_C", "s_z", "s_h")))}
        for name, given in files.items():
            write_npy(f"{self.folder}/{name}.npy", *given)
        run([str(COMMAND), "scan", f"--config={self.folder}/{state}.yaml",
             *(f"--in={name}={self.folder}/{name}.npy" for name in files),
             f"--out={self.folder}/y.npy", f"--state-out={self.folder}/h_out.npy"])
        return read_npy(f"{self.folder}/y.npy"), read_npy(f"{self.folder}/h_out.npy")

    def scan(self, parameters, part=None):
        """Tokens before those that count and one after, so that all stages are busy all the time."""
        t, int8, before = self.t, parameters.get("STATE_INT8", 0), 4
        _, h = self.run_scan(range(FIRST_TOKEN - before), "fp32", [0.0] * (SCAN_CHANNELS * D_STATE))
        s_h, inv_s_h = t["s_h"][0], fl(1 / t["s_h"][0])
        q = [max(-128, min(127, round(fl(x * inv_s_h)))) for x in h]  # to the nearest even
        tokens = range(FIRST_TOKEN - before, FIRST_TOKEN + TOKENS + 1)
        y, _ = self.run_scan(tokens, "int8-step" if int8 else "fp32", [fl(x * s_h) for x in q] if int8 else h)
        constants, _, _ = self.config("scale_mux")
        constants |= {"d_inner_i": SCAN_CHANNELS, "gate_i": 1, "ready_i": 1, "s_h_i": bits(s_h), "inv_s_h_i": bits(inv_s_h)}
        constants |= {f"s_{n.lower()}_i": bits(t[f"s_{n}"][0]) for n in ("dt", "B", "C", "z")}
        table = [(0, self.a[:SCAN_CHANNELS * D_STATE]), (1, t["D"][:SCAN_CHANNELS]), (2, t["dt_bias"][:SCAN_CHANNELS]), (3, h)]
        setup = [{"table_write_i": 1, "table_select_i": select, "table_address_i": i,
                  "table_data_i": q[i] & 0xff if select == 3 and int8 else bits(x)}
                 for select, values in table for i, x in enumerate(values)]
        channel = [(self.u[k * self.d_inner + c], t["dt"][k * self.d_inner + c] & 0xff,
                    t["z"][k * self.d_inner + c] & 0xff) for k in tokens for c in range(SCAN_CHANNELS)]
        bc = [(b & 0xff, c & 0xff) for b, c in zip(self.sliced("B", tokens), self.sliced("C", tokens))]
        vectors = self.stream("scan_engine", parameters, constants, setup,
                              [("valid_i", "ready_o", ["u_i", "dt_i", "z_i"], channel),
                               ("bc_valid_i", "bc_ready_o", ["b_i", "c_i"], bc)],
                              before * SCAN_CHANNELS, (before + TOKENS) * SCAN_CHANNELS, part)
        compare("scan_engine", vectors, "valid_o", "ready_i", ["y_o"], [(x,) for x in y])
        return vectors

    def stream(self, module, parameters, constants, setup, streams, first, last, part=None):
        """Ports in every cycle: constants, then cycles of setup, then beats (valid, ready, ports, beats). Those
        of a part, (its instance, module, parameters), are left in self.vectors."""
        ports = ports_of(module, parameters, self.folder)
        width = {name: len(p["bits"]) for name, p in ports.items()}
        inputs = {name for name, p in ports.items() if p["direction"] == "input"}
        words = [("setup", sorted({name for cycle in setup for name in cycle}), setup or [{}])]
        words += [(letter, names, [dict(zip(names, beat)) for beat in beats])
                  for letter, (_, _, names, beats) in zip("ab", streams)]
        if len(streams) < 2:
            words.append(("b", [], [{}]))
        connect = {"clk_i": "clk", "rst_ni": "rst_n"}
        for letter, (valid, ready, _, _) in zip("ab", streams):
            connect |= {valid: f"{letter}_valid", ready: f"{letter}_ready"}
        macros = {"UNIT": module, "FIRST": first, "LAST": last, "SETUPS": len(words[0][2]),
                  "PARAMETERS": ", ".join(f".{k}({v})" for k, v in parameters.items())}
        for word, names, cycles in words:
            low = 0
            for name in names:
                connect[name] = f"{word}[{low}+:{width[name]}]"
                low += width[name]
            macros[f"{word.upper()}_WIDTH"] = max(low, 1)
            if word != "setup":
                macros[f"{word.upper()}_BEATS"] = len(cycles)
            file = pathlib.Path(self.folder, "setups.hex" if word == "setup" else f"{word}.hex")
            file.write_text("\n".join(f"{sum(packed(c, names, width)):x}" for c in cycles) + "\n")
        connect |= {name: f"{width[name]}'h{constants.get(name, 0):x}" for name in inputs - set(connect)}
        macros["CONNECTIONS"] = ", ".join(f".{name}({signal})" for name, signal in connect.items())
        recorded = [("file", "ports.hex", "unit", ports)]
        if part:
            path, block, given = part
            recorded.append(("part_file", "part.hex", f"unit.{path}", ports_of(block, given, self.folder)))
        known = [[name for name in recorded_ports if name != "clk_i"] for *_, recorded_ports in recorded]
        macros["RECORD"] = " ".join(
            f"$fdisplay({file}, \"{' '.join(['%h'] * (len(names) + 1))}\", recording, " +
            ", ".join(f"{scope}.{name}" for name in names) + ");"
            for (file, _, scope, _), names in zip(recorded, known))
        pathlib.Path(self.folder, "stream.svh").write_text(
            "\n".join(f"`define {name} {value}" for name, value in macros.items()) + "\n")
        run(["iverilog", "-g2012", "-s", "stream", "-o", f"{self.folder}/stream", f"-I{self.folder}",
             *sources(module).split(), "testbench/power/stream.sv"])
        simulate("stream", self.folder)
        for (_, hexadecimal, _, recorded_ports), names in zip(recorded, known):
            path = pathlib.Path(self.folder, hexadecimal)
            path.write_text(" ".join(["counted", *names]) + "\n" + path.read_text())
            self.vectors[hexadecimal] = vectors_of(str(path), recorded_ports)
        return self.vectors["ports.hex"]


def packed(values, names, width):
    low = 0
    for name in names:
        yield values.get(name, 0) << low
        low += width[name]


def beats_in(vectors, valid, ready):
    return sum(v["counted"] and v[valid] and v[ready] for v in vectors)


def counted_up(vectors, port):
    """How far a counter went in the cycles that count."""
    first = next(i for i, v in enumerate(vectors) if v["counted"])
    return vectors[first + sum(v["counted"] for v in vectors)][port] - vectors[first][port]


def compare(block, vectors, valid, ready, ports, due, first=0):
    """Results in the order in which they left the RTL, from one on, with the model's."""
    got = [tuple(v[p] for p in ports) for v in vectors if v.get(valid) and v[ready]]
    if len(got) <= first or got[first:] != due[first:len(got)]:
        raise Failure(f"{block}: the RTL's results are not the model's")
