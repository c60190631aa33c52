# SPDX-License-Identifier: Apache-2.0
"""Yosys and abc map a module to a liberty, Icarus plays vectors through the gates and compares their
outputs, and what toggles takes the liberty's energies (energy.py)."""

import hashlib
import os
import pathlib
import random
import re
import shutil
import struct

from gates.cells import verilog
from gates.energy import MEMORY, Energy, Netlist, toggles
from gates.flow import ROOT, Failure, ports_of, run, source_files
from gates.nldm import Library

HIGH = ("rst_ni", "en_i", "valid_i", "ready_i")  # while operands are random
RANDOM_VECTORS = 2000
WARM_UP = 4  # cycles before energy counts, the first two of them a reset

SYNTHESIS = """read_verilog -sv {sources}
read_verilog -sv -lib rtl/common/ram_1r1w.sv
hierarchy -check -top {module}{given}
{kept}
synth -flatten -top {module}
rename -top gates
dfflibmap -liberty {liberty}
abc -liberty {liberty} -D 1000 -constr {folder}/constraints{abc}
setattr -mod -unset keep_hierarchy
flatten
setundef -zero
opt_clean -purge
splitnets
rename -hide w:*
write_verilog -norename -noattr -noexpr {folder}/gates.v
tee -o {folder}/stat stat
design -reset
read_liberty -lib {liberty}
read_verilog -sv -lib rtl/common/ram_1r1w.sv
read_verilog {folder}/gates.v
hierarchy -check -top gates
write_json {folder}/gates.json
"""

PLAY = """`timescale 1ns/1ps
module play;
  reg clk = 0;
  reg [{inputs}-1:0] given[0:{cycles}-1];
  reg [{outputs}-1:0] due[0:{cycles}-1];
  reg counted[0:{cycles}-1];
  reg [{inputs}-1:0] in = 0;
  wire [{outputs}-1:0] out;
  integer i;
  gates unit ({connections});
  initial begin
    $readmemh("given.hex", given);
    $readmemh("due.hex", due);
    $readmemh("counted.hex", counted);
    $dumpfile("toggles.vcd");
    $dumpvars(1, play.unit);
    $dumpoff;
    for (i = 0; i < {cycles}; i = i + 1) begin
      if (counted[i] && (i == 0 || !counted[i-1])) $dumpon;
      if (!counted[i] && i > 0 && counted[i-1]) $dumpoff;
      in = given[i];
      #{settle};
      // x where nothing is due
      if (|(out ^ due[i]) === 1'b1)
        $fatal(1, "cycle %0d: the gates say %h, not %h", i, out, due[i]);
      clk = 1;
      #{settle} clk = 0;
    end
    $finish;
  end
endmodule
"""
SETTLE_NS = 100

# Yosys's own commands, and for what abc's buffering refuses (an assertion in it) a larger gain.
ABC = ("", " -script +strash;&get,-n;&fraig,-x;&put;scorr;dc2;dretime;retime,-o,{D};strash;&get,-n;&dch,-f;"
           "&nf,{D};&put;buffer,-G,600;upsize,{D};dnsize,{D};stime,-p")


def synthesise(module, parameters, liberty, folder, kept=()):
    """gates.v and gates.json, flat, and how many of which cells; modules `kept` are mapped each for itself.
    A netlist stays in build/gates as long as nothing that it depends on changes."""
    given = "".join(f" -chparam {name} {value}" for name, value in parameters.items())
    files = [path for path in source_files(module) if path.stem != MEMORY]
    constraints = f"set_driving_cell {liberty.driver}\nset_load {os.environ.get('LOAD', '50')}\n"
    keep = "setattr -mod -set keep_hierarchy 1 " + " ".join(f"*{m}*" for m in sorted(kept)) if kept else ""
    digest = hashlib.sha256(repr((SYNTHESIS, ABC, module, given, keep, constraints, run(["yosys", "-V"]))).encode())
    for path in [*files, pathlib.Path(liberty.path)]:
        digest.update(path.read_bytes())
    store = ROOT / "build/gates" / digest.hexdigest()[:16]
    if not store.exists():
        pathlib.Path(folder, "constraints").write_text(constraints)
        script = pathlib.Path(folder, "script.ys")
        for abc in ABC:
            script.write_text(SYNTHESIS.format(
                sources=" ".join(str(path) for path in files), module=module, given=given, folder=folder,
                liberty=liberty.path, abc=abc, kept=keep))
            try:
                run(["yosys", "-q", str(script)])
                break
            except Failure as failure:
                if "ABC" not in str(failure) or abc == ABC[-1]:
                    raise
        made = store.with_suffix(f".{os.getpid()}")
        made.mkdir(parents=True)
        for name in ("gates.v", "gates.json", "stat"):
            shutil.copy(f"{folder}/{name}", made)
        made.rename(store)
    for name in ("gates.v", "gates.json", "stat"):
        shutil.copy(store / name, folder)
    stat = pathlib.Path(folder, "stat").read_text()
    return {cell: int(n) for cell, n in re.findall(r"^\s+(\S+)\s+(\d+)\s*$", stat, re.M) if cell in liberty.areas}


def joined(values, ports):
    """Values by port as one hexadecimal number, the first port in its highest bits; x where none is."""
    bits = "".join("x" * len(port["bits"]) if name not in values else
                   format(values[name], f"0{len(port['bits'])}b") for name, port in ports)
    bits = "0" * (-len(bits) % 4) + bits
    digits = (bits[i:i + 4] for i in range(0, len(bits), 4))
    return "".join("x" if "x" in d else format(int(d, 2), "x") for d in digits)


def play(vectors, ports, cells, delays, folder):
    """Plays vectors, dictionaries by port, through gates.v; the waveform is toggles.vcd."""
    inputs = [(n, p) for n, p in ports.items() if p["direction"] == "input" and n != "clk_i"]
    outputs = [(n, p) for n, p in ports.items() if p["direction"] == "output"]
    connections = [".clk_i(clk)"] if "clk_i" in ports else []
    for name, group in (("in", inputs), ("out", outputs)):
        low = 0
        for port, described in reversed(group):
            connections.append(f".{port}({name}[{low}+:{len(described['bits'])}])")
            low += len(described["bits"])
    widths = [sum(len(p["bits"]) for _, p in group) for group in (inputs, outputs)]
    for file, group in (("given", inputs), ("due", outputs)):
        pathlib.Path(folder, f"{file}.hex").write_text(
            "\n".join(joined(v, group) for v in vectors) + "\n")
    pathlib.Path(folder, "counted.hex").write_text("\n".join(str(v["counted"]) for v in vectors) + "\n")
    pathlib.Path(folder, "play.v").write_text(PLAY.format(
        inputs=widths[0], outputs=widths[1], cycles=len(vectors),
        connections=", ".join(connections), settle=SETTLE_NS))
    run(["iverilog", "-g2012", *(["-gspecify"] if delays else []), "-s", "play", "-o", f"{folder}/play", f"{folder}/play.v",
         f"{folder}/gates.v", cells, "rtl/common/ram_1r1w.sv"])
    simulate("play", folder)


def simulate(program, folder):
    here = f"cd {folder} && exec vvp -n ./{program}"
    output = run(["sh", "-c", here])
    if "FATAL" in output:
        raise Failure(re.search(r"FATAL.*", output).group(0))
    return output


def measure(module, parameters, vectors, liberty, cells, folder, kept=()):
    """Energy of a module while it plays vectors (a file's, a list, or None: random ones), the cycles that
    count and its gate equivalents. `cells`: a library's own Verilog, which has delays, or None."""
    ports = ports_of(module, parameters, folder)
    if isinstance(vectors, str):
        vectors = vectors_of(vectors, ports)
    elif vectors is None:
        vectors = random_vectors(module, ports)
    used = synthesise(module, parameters, liberty, folder, kept)
    library = Library(liberty.path, set(used) | liberty.registers)
    delays = cells is not None
    if not delays:
        cells = f"{folder}/cells.v"
        pathlib.Path(cells).write_text("".join(verilog(library.cells[cell]) for cell in used))
    play(vectors, ports, cells, delays, folder)
    register = min(c.pins["D"].capacitance for c in library.cells.values() if c.ff and "D" in c.pins)
    energy = Energy(Netlist(f"{folder}/gates.json", "gates"), library,
                    toggles(f"{folder}/toggles.vcd", "play.unit"), register)
    pathlib.Path(folder, "toggles.vcd").unlink()
    ge = sum(n * liberty.areas[cell] for cell, n in used.items()) / liberty.areas[liberty.nand2]
    return energy, sum(v["counted"] for v in vectors), round(ge)


def random_vectors(module, ports):
    """Random bits, but numbers of a normal distribution for operands of FP32 units."""
    source = random.Random(1)
    inputs = {n: len(p["bits"]) for n, p in ports.items() if p["direction"] == "input" and n != "clk_i"}

    def operand(name, width):
        if name in HIGH or name.endswith(HIGH[1:]):
            return (1 << width) - 1
        if module.startswith("fp32_") and width == 32:
            return int.from_bytes(struct.pack(">f", source.gauss(0, 1)), "big")
        return source.getrandbits(width)

    vectors = [{n: operand(n, w) for n, w in inputs.items()} for _ in range(WARM_UP + RANDOM_VECTORS)]
    for i, v in enumerate(vectors):
        v["counted"] = int(i >= WARM_UP)
        if "rst_ni" in inputs:
            v["rst_ni"] = int(i >= 2)
    return vectors


def vectors_of(path, ports):
    with open(path) as file:
        lines = [line.split() for line in file if line.strip()]
    unknown = [n for n in lines[0] if n not in ports and n != "counted"] if lines else ["no ports"]
    if unknown:
        raise Failure(f"{path}: the unit has no port {unknown[0]}")
    missing = [n for n, p in ports.items()
               if p["direction"] == "input" and n != "clk_i" and n not in lines[0]]
    if missing:
        raise Failure(f"{path}: the input {missing[0]} is not given")
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(lines[0]):
            raise Failure(f"{path}: line {number} has {len(line)} values, not {len(lines[0])}")
    return [{"counted": 1} | {name: int(value, 16) for name, value in zip(lines[0], line)
                              if not set(value) & set("xXzZ")} for line in lines[1:]]
