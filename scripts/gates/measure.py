# SPDX-License-Identifier: Apache-2.0
"""Yosys and abc map a module to a liberty, OpenSTA times it."""

import math
import os
import pathlib
import re

from gates.flow import Failure, now, parameters_of, ports_of, run, sources

CLOCK = 1  # in the liberty's unit of time: short, for slacks of a long one lose the paths' digits

# What an engine meets in the place of a memory: registers at its ports.
MEMORY = """
(* keep_hierarchy *)
module ram_1r1w #(parameter WIDTH = 32, parameter DEPTH = 64,
                  parameter ADDRESS_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1)
  (input wire clk_i, input wire write_i, input wire [ADDRESS_WIDTH-1:0] write_address_i,
   input wire [WIDTH-1:0] write_data_i, input wire read_i,
   input wire [ADDRESS_WIDTH-1:0] read_address_i, output reg [WIDTH-1:0] read_data_o);
  reg [WIDTH-1:0] data_q;
  reg [2*ADDRESS_WIDTH+1:0] control_q;
  always @(posedge clk_i) begin
    data_q <= write_data_i;
    control_q <= {write_i, read_i, write_address_i, read_address_i};
    read_data_o <= data_q ^ {WIDTH{^control_q}};
  end
endmodule
"""


def wrapper(module, parameters, ports):
    """The module between registers; en_i is high, clock and reset go straight in."""
    straight = {"clk_i": "clk_i", "aclk": "clk_i", "rst_ni": "rst_ni", "aresetn": "rst_ni"}
    lines, connections = [], []
    declared = ["input wire " + net for name, net in straight.items() if name in ports]
    for name, port in ports.items():
        width = f"[{len(port['bits']) - 1}:0]"
        if name in straight:
            connections.append(f".{name}({straight[name]})")
        elif name == "en_i":
            connections.append(".en_i(1'b1)")
        elif port["direction"] == "input":
            declared.append(f"input wire {width} {name}")
            lines.append(f"reg {width} {name}_q; always @(posedge clk_i) {name}_q <= {name};")
            connections.append(f".{name}({name}_q)")
        else:
            declared.append(f"output reg {width} {name}")
            lines.append(f"wire {width} {name}_d; always @(posedge clk_i) {name} <= {name}_d;")
            connections.append(f".{name}({name}_d)")
    if "clk_i" not in ports and "aclk" not in ports:
        declared.insert(0, "input wire clk_i")
    given = ", ".join(f".{name}({value})" for name, value in parameters.items())
    return "\n".join([f"module measured({', '.join(declared)});", *lines,
                      f"{module} #({given}) unit ({', '.join(connections)});", "endmodule\n"])


SCRIPT = """read_verilog -sv {sources} {folder}/measured.sv
hierarchy -check -top measured
synth -flatten -top measured
dfflibmap -liberty {liberty}
abc -liberty {liberty} -D 1000 -constr {folder}/constraints
setattr -mod -unset keep_hierarchy
flatten
setundef -zero
opt_clean -purge
write_verilog -noattr {folder}/{netlist}
splitnets -ports
opt_clean -purge
tee -o {folder}/stat stat
write_verilog -noattr -noexpr -nohex {folder}/netlist.v
"""

TIMING = """read_liberty {liberty}
read_verilog {folder}/netlist.v
link_design measured
create_clock -name clock -period {clock} clk_i
report_checks -path_delay max
exit
"""


def measure(name, module, parameters, liberty, folder):
    zero = {"LATENCY": 0} if "LATENCY" in parameters_of(module, folder) else {}
    parameters = zero | parameters
    ports = ports_of(module, parameters, folder)
    files = {"measured.sv": wrapper(module, parameters, ports),
             "constraints": f"set_driving_cell {liberty.driver}\n"
                            f"set_load {os.environ.get('LOAD', '50')}\n",
             "script.ys": SCRIPT.format(sources=sources(module), folder=folder, liberty=liberty.lean,
                                        netlist=f"{name}.v"),
             "timing.tcl": TIMING.format(liberty=liberty.lean, folder=folder, clock=CLOCK)}
    for file, text in files.items():
        pathlib.Path(folder, file).write_text(text)
    run(["yosys", "-q", f"{folder}/script.ys"])
    timing = run(["sta", "-no_splash", "-exit", f"{folder}/timing.tcl"])

    cells = {cell: int(n) for cell, n in re.findall(r"^\s+(\S+)\s+(\d+)\s*$",
                                                    pathlib.Path(folder, "stat").read_text(), re.M)
             if cell in liberty.areas}
    arrival = re.search(r"([\d.]+)\s+data arrival time", timing)
    if not cells or not arrival:
        raise Failure(f"{name}: no cells or no timing path")
    nand2 = liberty.areas[liberty.nand2]
    registers = sum(n for cell, n in cells.items() if cell in liberty.registers)
    in_registers = sum(n * liberty.areas[c] for c, n in cells.items() if c in liberty.registers)
    area = sum(n * liberty.areas[cell] for cell, n in cells.items())
    return {"unit": name, "date": now(), "ge": round(area / nand2), "ge_logic": round((area - in_registers) / nand2),
            "flip_flops": registers, "ns": round(float(arrival.group(1)) * liberty.ns, 4)}


ENGINE_SCRIPT = """read_verilog -sv {sources} {folder}/memory.sv {folder}/measured.sv
hierarchy -check -top measured
setattr -mod -set keep_hierarchy 1 {kept}
{boxes}
synth -flatten -top measured
dfflibmap -liberty {liberty}
write_rtlil {folder}/synthesised.il
"""

# What abc makes of irregular logic depends on the order of its steps by up to a fifth, and differently
# at neighbouring parameters; the smallest of four results is as even as the logic is.
SIZING = "upsize,{{D}};dnsize,{{D}};stime,-p"
MAPPINGS = {
    "dc2": "strash;ifraig;scorr;dc2;dc2;dc2;strash;&get,-n;&nf;&put;buffer;" + SIZING,
    "dch": "strash;ifraig;scorr;dc2;dretime;strash;dch;&get,-n;&nf;&put;buffer;" + SIZING,
    "&dch": "strash;ifraig;scorr;&get,-n;&st;&dch,-f;&nf;&put;buffer;" + SIZING,
    "map": "strash;ifraig;scorr;dc2;dretime;strash;dch,-f;map,-B,0.9,{{D}};topo;buffer,-c;" + SIZING,
}

MAPPING_SCRIPT = """read_rtlil {folder}/synthesised.il
abc -liberty {liberty} -D 1000 -constr {folder}/constraints -script +{mapping}
setundef -zero
opt_clean -purge
tee -o {folder}/stat stat
splitnets -ports
opt_clean -purge
write_verilog -noattr -noexpr -nohex {folder}/netlist.v
"""

LINK = """read_liberty {liberty}
read_verilog {folder}/netlist.v
link_design measured
create_clock -name clock -period {clock} clk_i
"""


RECIPE = (ENGINE_SCRIPT, MAPPINGS, MAPPING_SCRIPT, LINK, CLOCK, MEMORY)  # a change of them is measured anew


class Netlist:
    """The cells of an engine's parts, of Yosys's stat of a netlist that keeps their boundaries."""

    def __init__(self, stat, liberty):
        self.liberty = liberty
        modules = stat.split("=== design hierarchy ===")[0]  # behind it the sums of all
        sections = re.split(r"^=== (\S+) ===$", modules, flags=re.M)
        self.cells = {name: re.findall(r"^\s+(\S+)\s+(\d+)\s*$", text, re.M)
                      for name, text in zip(sections[1::2], sections[2::2])}

    def name_of(self, module):
        return next(name for name in self.cells
                    if name == module or re.search(rf"\\{module}(\\|$)", name))

    def instances(self, name):
        return max(int(n) for cells in self.cells.values() for cell, n in cells if cell == name)

    def count(self, name, apart):
        """Area, area of the registers, registers: of a module without the modules `apart`."""
        totals = [0, 0, 0]
        for cell, number in self.cells[name]:
            if cell in self.liberty.areas:
                area = self.liberty.areas[cell]
                register = cell in self.liberty.registers
                found = [area, area * register, register]
            elif cell in self.cells and cell not in apart:
                found = self.count(cell, apart)
            else:
                continue
            totals = [t + int(number) * f for t, f in zip(totals, found)]
        return totals


def part_of(endpoint, parts):
    """The part a register lies in: the innermost, or the last, which is the engine itself."""
    paths = {f"unit/{instance}/": index
             for index, (_, instance) in enumerate(parts) if instance}
    inside = [path for path in paths if endpoint.startswith(path)]
    return paths[max(inside, key=len)] if inside else len(parts) - 1


def slowest_paths(parts, liberty, folder):
    """The slowest path to a register of each part, in ns."""
    link = LINK.format(liberty=liberty.lean, folder=folder, clock=CLOCK)

    def sta(commands):
        path = pathlib.Path(folder, "timing.tcl")
        path.write_text(link + commands + "exit\n")
        return run(["sta", "-no_splash", "-exit", str(path)])

    if len(parts) == 1:
        arrivals = re.findall(r"([\d.]+)\s+data arrival time", sta("report_checks -path_delay max\n"))
        if not arrivals:
            raise Failure("the block has no timing path")
        return [max(map(float, arrivals))]  # one of each path group, of which a reset is one
    summary = sta("report_checks -path_delay max -group_count 100000 -format summary\n")
    worst = {}
    for end, slack in re.findall(r"^\S+ \(\S+\)\s+(\S+) \(\S+\)\s+(-?[\d.]+)$", summary, re.M):
        part = part_of(end, parts)
        worst[part] = min(worst.get(part, (math.inf, "")), (float(slack), end))
    if len(worst) != len(parts):
        raise Failure("a part of the engine has no timing path")
    ends = [re.sub(r"[\[\]]", r"\\\g<0>", worst[k][1]) for k in range(len(parts))]
    checks = "".join(f"report_checks -path_delay max -to {{{end}}}\n" for end in ends)
    return [float(ns) for ns in re.findall(r"([\d.]+)\s+data arrival time", sta(checks))[::2]]


def counted(parts, liberty, stat):
    """Of each part area, area of its registers, registers; instances; and the sums over all instances."""
    netlist = Netlist(stat, liberty)
    modules = [netlist.name_of(part) for part, _ in parts]
    apart = set(modules) | {n for n in netlist.cells if n.endswith("ram_1r1w")}
    found = [netlist.count(module, apart) for module in modules]
    instances = [netlist.instances(module) if instance else 1
                 for module, (_, instance) in zip(modules, parts)]
    return found, instances, [sum(n * f[i] for n, f in zip(instances, found)) for i in range(3)]


def smallest(parts, liberty, folder):
    """`counted` of the smallest of all mappings, whose netlist.v it leaves in the folder."""
    best, failures = None, []
    for name, mapping in MAPPINGS.items():
        script = pathlib.Path(folder, "mapping.ys")
        script.write_text(MAPPING_SCRIPT.format(folder=folder, liberty=liberty.lean,
                                                mapping=mapping.format()))
        try:
            run(["yosys", "-q", str(script)])
        except Failure as failure:  # abc has assertions that some libraries run into
            if "ABC" not in str(failure):
                raise
            failures.append(f"{name}: {failure}")
            continue
        result = counted(parts, liberty, pathlib.Path(folder, "stat").read_text())
        if best is None or result[2][0] < best[2][0]:
            best = result
            os.replace(f"{folder}/netlist.v", f"{folder}/smallest.v")
    if best is None:
        raise Failure("; ".join(failures))
    os.replace(f"{folder}/smallest.v", f"{folder}/netlist.v")
    return best


def measure_engine(name, module, parameters, parts, liberty, folder, boxes=()):
    """Parts keep their boundaries; modules in `boxes` are left out, their ports timed as no paths."""
    ports = ports_of(module, parameters, folder)
    parts = parts + [(module, "")]
    files = {"measured.sv": wrapper(module, parameters, ports),
             "memory.sv": MEMORY,
             "constraints": f"set_driving_cell {liberty.driver}\n"
                            f"set_load {os.environ.get('LOAD', '50')}\n",
             "script.ys": ENGINE_SCRIPT.format(
                 sources=sources(module).replace("rtl/common/ram_1r1w.sv", ""), folder=folder,
                 liberty=liberty.lean, kept=" ".join(f"*{part}*" for part, _ in parts),
                 boxes="\n".join(f"blackbox *{box}*" for box in boxes))}
    for file, text in files.items():
        pathlib.Path(folder, file).write_text(text)
    run(["yosys", "-q", f"{folder}/script.ys"])
    found, instances, (area, in_registers, registers) = smallest(parts, liberty, folder)
    delays = slowest_paths(parts, liberty, folder)
    nand2 = liberty.areas[liberty.nand2]
    return {"unit": name, "date": now(), "ge": round(area / nand2),
            "ge_logic": round((area - in_registers) / nand2), "flip_flops": registers,
            "ns": round(max(delays) * liberty.ns, 4),
            "parts": [{"part": part if instance else "the rest", "instances": n, "ge": round(f[0] / nand2),
                       "flip_flops": f[2], "ns": round(delay * liberty.ns, 4)}
                      for (part, instance), f, n, delay in zip(parts, found, instances, delays)]}
