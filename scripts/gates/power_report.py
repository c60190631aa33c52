# SPDX-License-Identifier: Apache-2.0
"""Reports of scripts/power: rows of each library, all of them readable, and what the estimator reads."""

import json
import re

from gates.energy import INPUT_TRANSITION_NS
from gates.flow import REPORTS, ROOT, now, replace, run
from gates.liberty import NAMES, DEFAULT_LIBERTY

TECH = ROOT / "data/tech"
PUBLISHED = json.loads((TECH / "published_energy.json").read_text())
GLITCHES = " with glitches"
# Library that is compared with a node's published energies, and what turns its energies into the node's.
NODES = {"45": ("osu018", "logic_from_osu018"), "7": ("asap7", None)}


def stem(liberty):
    return liberty.split(".")[0]


class Report:
    def __init__(self, liberty, voltage):
        self.name = NAMES.get(stem(liberty.name), stem(liberty.name))
        self.how = {"liberty": liberty.name, "voltage": voltage, "driver": liberty.driver,
                    "yosys": run(["yosys", "-V"]).strip().split(" (")[0],
                    "icarus": run(["iverilog", "-V"]).split(" (")[0]}
        self.default = liberty.name == DEFAULT_LIBERTY.rsplit("/", 1)[1]
        self.path = REPORTS / ("power.json" if self.default else f"power-{self.name}.json")

    def rows(self):
        """By unit: what the file has now, of which another run may have written some."""
        report = json.loads(self.path.read_text()) if self.path.exists() else {}
        right = all(report.get(key) == value for key, value in self.how.items())
        return {row["unit"]: row for row in report["units"] if "key" in row} if right else {}

    def write(self, *more):
        rows = self.rows() | {row["unit"]: row for row in more}
        report = {"date": now(), "library": self.name, **self.how, "units": [rows[name] for name in sorted(rows)]}
        replace(self.path, json.dumps(report, indent=2) + "\n")
        if any("block" in row for row in rows.values()):
            (TECH / "energy").mkdir(exist_ok=True)
            replace(TECH / "energy" / f"{self.name}.yaml", yaml(report))
        found = [json.loads(path.read_text()) for path in [REPORTS / "power.json", *sorted(REPORTS.glob("power-*.json"))]
                 if path.exists()]
        replace(REPORTS / "power.md", markdown([r for r in found if "library" in r]))


def yaml(report):
    lines = ["# Energy of an operation, of gates that ran with these vectors; written by `make power`, see",
             "# docs/estimation.md. With the cycles between operations as they were in the run, the clock's pins in",
             "# them included; \"idle cycle\" is what one more or less of these takes, of one instance.",
             f"library: {report['library']}", f"voltage: {report['voltage']}", "blocks:"]
    for row in report["units"]:
        if "block" not in row or row["glitches"]:
            continue
        entries = [(row["operation"], row["pj"], row["operations"]),
                   ("idle cycle", row["pj_clock_cycle"], row["cycles"])]
        lines += [f"- {{block: {row['block']}, operation: \"{operation}\", pj: {pj:.5g}, "
                  f"parameters: \"{row['parameters']}\", operations: {operations:.0f}, vectors: \"{row['vectors']}\"}}"
                  for operation, pj, operations in entries]
    return "\n".join(lines) + "\n"


def number(x):
    return f"{x:.4g}" if x < 1000 else f"{x:.0f}"


def table(heads, rows):
    align = ["---"] + ["---:"] * (len(heads) - 1)
    return ["| " + " | ".join(heads) + " |", "|" + "|".join(align) + "|",
            *("| " + " | ".join(row) + " |" for row in rows)]


def markdown(reports):
    tools = sorted({f"{r['yosys']}; {r['icarus']}" for r in reports})
    lines = ["# Energy of an operation", "",
             f"`make power`, each row of the last run of its unit; {' and '.join(tools)}.", "",
             "No wires and no clock tree; inputs change in "
             f"{INPUT_TRANSITION_NS} ns, an output drives a register. Cells: their internal energies; nets: the "
             "capacitances of the pins on them. Gates have no delay, so that a net toggles at most once a cycle; rows "
             "with glitches are of gates with the delays of the library's Verilog, where what toggles before a net "
             "settles counts too. An idle cycle is what the clock's pins take of one instance when nothing else moves. "
             "Memories are black boxes: their energy is the memory model's."]
    by_name = {r["library"]: {row["unit"]: row for row in r["units"]} for r in reports}
    for r in reports:
        lines += ["", f"## {r['library']}, {r['voltage']} V", ""]
        lines += table(["unit", "operation", "operations", "cycles each", "pJ", "in cells", "on nets",
                        "pJ an idle cycle", "leakage nW", "vectors"],
                       [[f"`{row['unit']}`", row.get("operation", "vector"), f"{row['operations']:.0f}",
                         f"{row['cycles'] / row['operations']:.2f}", *(number(row[k]) for k in
                         ("pj", "pj_cells", "pj_nets", "pj_clock_cycle", "leakage_nw")), row["vectors"]]
                        for row in r["units"] if "bits_read" not in row])
        searches = [row for row in r["units"] if "bits_read" in row]
        if searches:
            lines += ["", "Searches of the scale lookups, on the walks of random tables; bits that their memories read.", ""]
            lines += table(["search", "lookups", "cycles each", "pJ", "in cells", "on nets", "pJ an idle cycle",
                            "leakage nW", "bits read"],
                           [[f"`{row['unit']}`", f"{row['operations']:.0f}", f"{row['cycles'] / row['operations']:.2f}",
                             *(number(row[k]) for k in ("pj", "pj_cells", "pj_nets", "pj_clock_cycle", "leakage_nw")),
                             f"{row['bits_read']:.1f}"] for row in searches])
    lines += published(by_name) + scaling(by_name) + gates(by_name)
    return "\n".join(lines) + "\n"


# ---- published energies ------------------------------------------------------------------------------

def due(node):
    found = {row["operation"]: row["pj"][node] for row in PUBLISHED["operations"] if "pj" in row}
    return found | {row["operation"]: sum(found[part] for part in row["sum_of"])
                    for row in PUBLISHED["operations"] if "sum_of" in row}


def published(by_name):
    lines = ["", "## Beside published energies", "",
             "Random operands, FP32 ones normally distributed; one combinational stage. Of a fused multiply-add "
             "the sum of both operations is published."]
    constants = json.loads((TECH / "lookup_energy.json").read_text())
    for node, (library, factor) in NODES.items():
        rows = by_name.get(library, {})
        times = constants[factor]["value"] if factor else 1
        how = f"{library} x {times}: {constants[factor]['source']}" if factor else library
        body, ratios = [], {}
        for row in PUBLISHED["operations"]:
            pj = due(node)[row["operation"]]
            cells = [row["operation"], number(pj)]
            for kind in ("", GLITCHES):
                ours = rows.get(row["unit"] + kind)
                if ours:
                    ratios.setdefault(kind, []).append(ours["pj"] * times / pj)
                cells += [number(ours["pj"] * times), f"{ours['pj'] * times / pj:.2f}"] if ours else ["", ""]
            body.append(cells)
        lines += ["", f"{node} nm: {PUBLISHED['sources'][node]}. Ours: {how}.", ""]
        lines += table(["operation", "published pJ", "ours pJ", "ratio", "ours with glitches", "ratio"], body)
        for kind, found in ratios.items():
            lines += ["", f"Ratios{kind}: {min(found):.2f} to {max(found):.2f}."]
    lines += ["", "What explains them: ours have no wires, no clock tree and no pipeline registers, and without delays no "
              "glitches, all of which a chip pays for, so that ratios should be below 1, as those of FP32 are at 7 nm. "
              "The integer units have the highest ratios at both nodes: abc maps ours for speed, with larger gates "
              "than their short paths need. At 45 nm the ratios also have the error of scaling a library from 180 nm. "
              "One long stage glitches more than a pipeline does: ratios with glitches are an upper end." +
              glitching(by_name)]
    return lines


def glitching(by_name):
    found = [rows[unit + GLITCHES]["pj"] / row["pj"] for rows in by_name.values() for unit, row in rows.items()
             if unit + GLITCHES in rows]
    return f" Glitches multiply an energy by {min(found):.2f} to {max(found):.2f}." if found else ""


# ---- other technologies ------------------------------------------------------------------------------

def constant(library):
    found = re.search(r"name: gate_energy, value: ([\d.]+), low: ([\d.]+), high: ([\d.]+)",
                      (TECH / f"{library}.yaml").read_text())
    return [float(x) for x in found.groups()]


def scaling(by_name):
    lines = []
    ours = by_name.get("osu018", {})
    for name, rows in by_name.items():
        both = [unit for unit in rows if unit in ours and GLITCHES not in unit]
        if name == "osu018" or not both or not (TECH / f"{name}.yaml").exists():
            continue
        rule = constant(name)[0] / constant("osu018")[0]
        lines += ["", f"## The rule for other technologies, {name}", "",
                  "Energy = that of osu018 x the ratio of the constants `gate_energy`, "
                  f"{constant(name)[0]} / {constant('osu018')[0]} = {rule:.5f}.", ""]
        lines += table(["unit", "pJ osu018", f"pJ {name}", "by the rule", "rule / measured"],
                       [[f"`{unit}`", number(ours[unit]["pj"]), number(rows[unit]["pj"]),
                         number(ours[unit]["pj"] * rule), f"{ours[unit]['pj'] * rule / rows[unit]['pj']:.2f}"]
                        for unit in both])
    return lines


def gates(by_name):
    """fJ a gate and cycle of all units whose gates are counted."""
    lines = ["", "## Energy of a gate", "",
             "fJ a gate equivalent and cycle, of units on their own and whole engines; searches, which mostly hold "
             "still, are left out.", ""]
    units = sorted({unit for rows in by_name.values() for unit, row in rows.items()
                    if "ge" in row and "bits_read" not in row})
    of = lambda row: 1000 * row["pj"] * row["operations"] / row["cycles"] / row["ge"]
    lines += table(["unit", *by_name],
                   [[f"`{unit}`", *(f"{of(rows[unit]):.3g}" if "ge" in rows.get(unit, {}) else "" for rows in by_name.values())]
                    for unit in units])
    named = [name for name in by_name if (TECH / f"{name}.yaml").exists()]
    lines += ["", "The constants `gate_energy`: " +
              "; ".join(f"{name} {constant(name)[0]:g} ({constant(name)[1]:g} to {constant(name)[2]:g})"
                        for name in named) + "."]
    return lines
