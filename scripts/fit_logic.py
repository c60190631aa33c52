#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the logic model to reports/synth.csv and judges it on the points held out.

Each block's constants are those of least squared relative error over its points `fit`; the errors are
those at its points `held`. Where there are many points the fit is repeated without each quarter of them.
A block whose points are not all there, or one of its parts', is left out.

usage: scripts/fit_logic.py
Writes data/tech/logic/LIBRARY/BLOCK.yaml, reports/logic.json and reports/logic.md.
"""

import csv
import json
import pathlib
import re
import shutil
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True
from gates.blocks import BLOCKS, points
from gates.flow import REPORTS, ROOT, now, replace
from gates.liberty import NAMES

FOLDER = ROOT / "data" / "tech" / "logic"
QUANTITIES = ("ge", "flip_flops", "ns")


def bits(things):
    return max(int(things) - 1, 0).bit_length()


def terms_of(block, quantity):
    return block.path if quantity == "ns" and block.path else block.terms


def counts(terms, parameters):
    known = {"bits": bits, "min": min, "max": max, "__builtins__": {}} | parameters
    return [float(eval(times, known)) for times in terms.values()]


def solve(rows, targets):
    """Constants of least squared relative error; a little ridge where the rows do not tell them apart."""
    scaled = [[x / max(abs(y), 1e-9) for x in row] for row, y in zip(rows, targets)]
    n = len(rows[0])
    gram = [[sum(r[i] * r[j] for r in scaled) for j in range(n)] + [sum(r[i] for r in scaled)]
            for i in range(n)]
    for i in range(n):
        gram[i][i] *= 1 + 1e-9
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(gram[k][i]))
        gram[i], gram[pivot] = gram[pivot], gram[i]
        for k in range(n):
            if k != i and gram[i][i]:
                factor = gram[k][i] / gram[i][i]
                gram[k] = [a - factor * b for a, b in zip(gram[k], gram[i])]
    return [round(gram[i][n] / gram[i][i], 6) if gram[i][i] else 0.0 for i in range(n)]


def predicted(constants, row):
    return sum(c * x for c, x in zip(constants, row))


def read_rows():
    """{library: {block: [(parameters, set, values)]}} of the points that blocks.py asks for."""
    found = {}
    with (REPORTS / "synth.csv").open() as file:
        for row in csv.DictReader(file):
            parameters = {k: int(v) for k, v in (p.split("=") for p in row["parameters"].split())}
            values = {q: float(row[q]) for q in (*QUANTITIES, "area_um2")}
            found.setdefault(row["library"], {}).setdefault(row["block"], []).append(
                (parameters, row["set"], values))
    return found


def defaults(name):
    places = [*ROOT.glob(f"rtl/*/{name}.sv"), *ROOT.glob(f"scripts/gates/{name}.sv")]
    text = places[0].read_text()
    return {k: int(v) for k, v in re.findall(r"^\s*parameter\s+(\w+)\s*=\s*(\d+)", text, re.M)}


def clipped(value, values):
    return min(max(value, min(values)), max(values))


class Model:
    """The fit of one block in one library."""

    FOLDS = 4

    def __init__(self, name, rows):
        self.name, self.block = name, BLOCKS[name]
        fitted = [r for r in rows if r[1] == "fit"]
        self.held = [r for r in rows if r[1] == "held"]
        self.constants = {q: self.fit(fitted, q) for q in QUANTITIES}
        self.parameters = {}
        for key in fitted[0][0]:
            values = [r[0][key] for r in rows]
            self.parameters[key] = (min(values), max(values), clipped(defaults(name)[key], values))
        self.errors = {q: self.errors_at(self.held, q) for q in ("ge", "ns")}
        self.largest = {q: max(map(abs, self.errors_at(rows, q))) for q in ("ge", "ns")}
        self.left_out = self.cross_validated(rows) if len(rows) >= 3 * len(self.block.terms) else []

    def fit(self, rows, quantity):
        terms = terms_of(self.block, quantity)
        return solve([counts(terms, r[0]) for r in rows], [r[2][quantity] for r in rows])

    def errors_at(self, rows, quantity, constants=None):
        terms, constants = terms_of(self.block, quantity), constants or self.constants[quantity]
        return [predicted(constants, counts(terms, r[0])) / r[2][quantity] - 1 for r in rows]

    def cross_validated(self, rows):
        """Errors of GE at each point of a fit to the other quarters, whatever is marked `held`."""
        rows = sorted(rows, key=lambda r: sorted(r[0].items()))
        errors = []
        for k in range(self.FOLDS):
            others = [r for i, r in enumerate(rows) if i % self.FOLDS != k]
            errors += self.errors_at(rows[k::self.FOLDS], "ge", self.fit(others, "ge"))
        return errors

    def yaml(self, library, gate_area):
        lines = ["# Written by scripts/fit_logic.py; cmodel/include/w4a5se/logic.h says what it means.",
                 f"library: {library}", f"gate_area: {gate_area:.6g}",
                 f"ge_error: {self.largest['ge']:.4f}", f"ns_error: {self.largest['ns']:.4f}"]
        parameters = [f"- {{name: {k}, least: {a}, most: {b}, default: {d}}}"
                      for k, (a, b, d) in self.parameters.items()]
        constants = {q: dict(zip(terms_of(self.block, q), self.constants[q])) for q in QUANTITIES}
        terms = [f"- {{what: {what}, times: \"{times}\", " +
                 ", ".join(f"{q}: {constants[q].get(what, 0) + 0.0:.6g}" for q in QUANTITIES) + "}"
                 for what, times in (self.block.terms | self.block.path).items()]
        parts = [f"- {{block: {b}, times: \"{times}\", given: \"{given}\"}}"
                 for b, times, given in self.block.parts]
        for title, items in (("parameters", parameters), ("terms", terms), ("parts", parts)):
            lines += [f"{title}:" if items else f"{title}: []", *items]
        return "\n".join(lines) + "\n"


def complete(name, models):
    """Whether the block's parts have models too."""
    return name in models and all(complete(part[0], models) for part in BLOCKS[name].parts)


def fit(blocks):
    models = {}
    for name, rows in blocks.items():
        wanted = {(kind, *sorted(given.items())) for kind, given in points(name)} if name in BLOCKS else set()
        there = {(kind, *sorted(given.items())) for given, kind, _ in rows}
        if wanted and wanted == there:
            models[name] = Model(name, rows)
    return {name: model for name, model in models.items() if complete(name, models)}


def write_models(library, models, gate_area):
    folder = FOLDER / NAMES.get(library, library)
    FOLDER.mkdir(parents=True, exist_ok=True)
    fresh = pathlib.Path(tempfile.mkdtemp(dir=FOLDER))
    fresh.chmod(0o755)
    for name, model in models.items():
        (fresh / f"{name}.yaml").write_text(model.yaml(library, gate_area))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def summary(models):
    errors = {q: [abs(e) for m in models.values() for e in m.errors[q]] for q in ("ge", "ns")}
    errors["ge_left_out"] = [abs(e) for m in models.values() for e in m.left_out]
    return {"held_points": len(errors["ge"]), "left_out_points": len(errors["ge_left_out"])} | {
        f"{q}_{name}": function(errors[q]) for q in errors if errors[q]
        for name, function in (("median", statistics.median), ("worst", max))}


def spread(found):
    """GE in other libraries over osu018's, at points measured in both."""
    base = {(b, *sorted(p.items())): v["ge"] for b, rows in found.get("osu018_stdcells", {}).items()
            for p, _, v in rows}
    result = []
    for library, blocks in found.items():
        ratios = {}
        for block, rows in blocks.items():
            here = [v["ge"] / base[k] for p, _, v in rows if (k := (block, *sorted(p.items()))) in base]
            if here and library != "osu018_stdcells":
                ratios[block] = here
        result += [{"library": library, "block": block, "points": len(r), "least": min(r),
                    "median": statistics.median(r), "most": max(r)} for block, r in ratios.items()]
        every = [x for r in ratios.values() for x in r]
        if every:
            result.append({"library": library, "block": "all", "points": len(every), "least": min(every),
                           "median": statistics.median(every), "most": max(every)})
    return result


def percent(value):
    return f"{100 * value:.1f}"


def cells(values, keys):
    return " | ".join(percent(values[k]) if k in values else "" for k in keys)


def markdown(report):
    lines = ["# The logic model against synthesis", "",
             "`make logic`: gate equivalents and critical paths of blocks synthesised at parameters that "
             "were not fitted (`held` in [synth.csv](synth.csv)); the terms are in "
             "`scripts/gates/blocks.py`, the constants in `data/tech/logic`. Errors are relative, in "
             "percent. Blocks without held points have no parameters, or too few values of them: their model "
             "is what was measured. `GE all` is the largest error at any point, fitted or not, which `estimate "
             "logic` prints. `GE left out`: where a block has at least three points a term, the errors at each "
             "quarter of its points of a fit to the other three.", "",
             "| library | blocks | held points | GE median | GE worst | path median | path worst | points left out | "
             "GE left out median | worst |",
             "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for row in report["libraries"]:
        s = row["errors"]
        lines.append(f"| {row['library']} | {len(row['blocks'])} | {s['held_points']} | "
                     f"{cells(s, ['ge_median', 'ge_worst', 'ns_median', 'ns_worst'])} | {s['left_out_points']} | "
                     f"{cells(s, ['ge_left_out_median', 'ge_left_out_worst'])} |")
    for row in report["libraries"]:
        lines += ["", f"## {row['library']}", "",
                  "| block | held points | GE median | GE worst | GE all | GE left out | path worst |",
                  "|---|---:|---:|---:|---:|---:|---:|"]
        keys = ["ge_median", "ge_worst", "ge_all", "ge_left_out_worst", "ns_worst"]
        lines += [f"| `{b['block']}` | {b['held_points']} | {cells(b, keys)} |" for b in row["blocks"]]
        if row["left_out"]:
            lines += ["", "Not measured, or not at all points: " +
                      ", ".join(f"`{name}`" for name in row["left_out"]) + "."]
    lines += ["", "## GE between libraries", "",
              "GE of the same block and parameters over that in osu018.", "",
              "| library | block | points | least | median | most |", "|---|---|---:|---:|---:|---:|"]
    lines += [f"| {r['library']} | {r['block']} | {r['points']} | {r['least']:.2f} | {r['median']:.2f} | "
              f"{r['most']:.2f} |" for r in report["spread"]]
    return "\n".join(lines) + "\n"


def main():
    found = read_rows()
    libraries = []
    for folder in FOLDER.glob("*"):
        if folder.name not in {NAMES.get(library, library) for library in found}:
            shutil.rmtree(folder)  # of rows that are no more
    for library, blocks in found.items():
        models = fit(blocks)
        if not any(m.held for m in models.values()):
            continue
        areas = [v["area_um2"] / v["ge"] for rows in blocks.values() for _, _, v in rows]
        write_models(library, models, statistics.median(areas))
        libraries.append({"library": library, "errors": summary(models),
                          "blocks": [{"block": name} | summary({name: m}) | {"ge_all": m.largest["ge"]}
                                     for name, m in models.items()],
                          "left_out": [name for name in BLOCKS if name not in models]})
    report = {"command": "make logic", "date": now(), "libraries": libraries, "spread": spread(found)}
    replace(REPORTS / "logic.json", json.dumps(report, indent=1) + "\n")
    replace(REPORTS / "logic.md", markdown(report))
    for row in libraries:
        e = row["errors"]
        print(f"{row['library']}: {len(row['blocks'])} blocks, {e['held_points']} points held out, GE "
              f"{percent(e['ge_median'])} % median, {percent(e['ge_worst'])} % worst")


if __name__ == "__main__":
    main()
