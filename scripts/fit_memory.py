#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the SRAM model to data/tech/sram/points.csv and writes the YAML files beside it.

The model is in cmodel/include/w4a5se/memory.h, term by term. A fit is linear in the constants, with
non-negative constants and relative errors; the shape of an array's organisation, which is not linear,
is found by a random descent with a fixed seed. reports/memory_fit.md says how well
a model fitted to part of the points does at the others.
"""
import csv
import math
import random
import statistics
import sys

POINTS = "data/tech/sram/points.csv"
FOLDER = "data/tech/sram"
CELL_F2 = 146  # bit cell of one port in squares of the feature size, CACTI's tech_params

# CACTI 7 tech_params/*.dat: supply, on-current of an nMOS, multiplier of its resistance, gate and fringe
# capacitance, off-current at 350 K. V, A/um, -, F/um, F/um, A/um.
DEVICES = {
    (22, "hp"): (0.8, 2626.4e-6, 1.45, 3.27e-16, 0.6e-16, 2.152e-7),
    (32, "hp"): (0.9, 2211.7e-6, 1.49, 5.34e-16, 0.4e-16, 2.69e-7),
    (45, "hp"): (1.0, 2046.6e-6, 1.51, 6.78e-16, 0.5e-16, 5.69e-7),
    (22, "lstp"): (0.8, 727.6e-6, 1.99, 3.22e-16, 0.8e-16, 7.73e-10),
    (32, "lstp"): (1.0, 683.6e-6, 1.99, 4.58e-16, 0.53e-16, 1.69e-10),
    (45, "lstp"): (1.1, 666.2e-6, 1.99, 5.18e-16, 0.8e-16, 9.02e-11),
}

# How a constant follows feature size and device, apart from what the fits at 22 and 45 nm say. Wires are
# as long as the feature size is large and have the same capacitance a length; with repeaters they take
# the square root of gate delay and wire RC.
def law(name, key):
    node = key[0]
    volts, current, multiplier, gate, fringe, off = DEVICES[key]
    gate_delay = multiplier * volts / current * (gate + 2 * fringe)
    return {"access_base": gate_delay, "access_edge": math.sqrt(gate_delay) / node,
            "read_edge": volts ** 2, "write_edge": volts ** 2,
            "leak_bit": off * volts * node, "leak_area": off * volts / node
            }.get(name, node * volts ** 2)


def read_points():
    with open(POINTS) as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    points = []
    for row in rows:
        point = {"node": int(row["node_nm"]), "device": row["device"], "ports": row["ports"],
                 "words": int(row["words"]), "width": int(row["word_bits"]),
                 "area": float(row["area_mm2"]) * 1e6, "access": float(row["access_ns"]),
                 "read": float(row["read_pj"]), "write": float(row["write_pj"]),
                 "leak": float(row["leakage_mw"])}
        point["bits"] = point["words"] * point["width"]
        points.append(point)
    return points


def solve(features, targets, rounds=3000):
    """Non-negative constants of least squared relative error, by coordinate descent."""
    n = len(features[0])
    rows = [[x / y for x in row] for row, y in zip(features, targets)]
    gram = [[sum(r[i] * r[j] for r in rows) for j in range(n)] for i in range(n)]
    sums = [sum(r[i] for r in rows) for i in range(n)]
    constants = [0.0] * n
    for _ in range(rounds):
        moved = 0.0
        for i in range(n):
            if gram[i][i] > 0:
                rest = sums[i] - sum(gram[i][j] * constants[j] for j in range(n))
                value = max(0.0, constants[i] + rest / gram[i][i])
                moved = max(moved, abs(value - constants[i]) * math.sqrt(gram[i][i]))
                constants[i] = value
        if moved < 1e-10:
            break
    return constants


def predict(constants, features):
    return sum(c * f for c, f in zip(constants, features))


# ---- the terms, as in memory.h ----------------------------------------------------------------------

def least(function, low, high, rounds):
    """(value, place) of the minimum of a convex function, by golden section; either end may be it."""
    golden = (math.sqrt(5) - 1) / 2
    a, b = low, high
    x, y = b - golden * (b - a), a + golden * (b - a)
    fx, fy = function(x), function(y)
    for _ in range(rounds):
        if fx < fy:
            b, y, fy = y, x, fx
            x = b - golden * (b - a)
            fx = function(x)
        else:
            a, x, fx = x, y, fy
            y = a + golden * (b - a)
            fy = function(y)
    middle = (a + b) / 2
    return min((function(place), place) for place in (low, high, middle))


def active_cells(bits, width, shape, edge, rounds=18):
    """Cells on the bit lines that a read swings, in the best organisation."""
    def cost_of(banks, columns):
        rows = bits / banks / columns
        energy = columns * (rows + shape["energy_bank"] * banks) + shape["energy_word"] * width
        delay = (shape["delay_base"] + rows + shape["delay_column"] * columns / math.sqrt(banks) +
                 shape["delay_edge"] * edge + shape["delay_bank"] * math.sqrt(banks))
        return math.log(energy) + 2 * math.log(delay)
    def with_banks(log_banks):
        banks = math.exp(log_banks)
        return least(lambda log_mux: cost_of(banks, width * math.exp(log_mux)), 0.0,
                     math.log(bits / width) - log_banks, rounds)[0]
    return bits / math.exp(least(with_banks, 0.0, math.log(bits / width), rounds)[1])


def area_features(p):
    return [1.0, p["bits"], p["width"]]


def edge_mm(p, area):
    return math.sqrt(predict(area["1RW" if p["ports"] == "1RW" else "1RW1R"], area_features(p)) *
                     area["cell"]) * 1e-3


def features_of(quantity, p, area, shape, known):
    edge = edge_mm(p, area)
    if quantity == "access":
        return [1.0, edge]
    if quantity == "leak":
        return [p["bits"], edge * edge]
    if quantity == "write":
        return [1.0, p["width"], math.sqrt(p["bits"]), p["width"] * edge]
    key = p["bits"], p["width"]
    if key not in known:
        known[key] = active_cells(*key, shape, math.sqrt(shape["edge_bit"] * key[0] + shape["edge_word"] * key[1]))
    ports = shape["port_read"] if p["ports"] != "1RW" else 1.0
    return [1.0, ports * known[key], p["width"], p["width"] * edge]


NAMES = {"access": ["access_base", "access_edge"], "leak": ["leak_bit", "leak_area"],
         "read": ["read_base", "read_cell", "read_word", "read_edge"],
         "write": ["write_base", "write_word", "write_root", "write_edge"]}
QUANTITIES = ["access", "read", "write", "leak"]


def fit_area(points, cell):
    """Constants in cells, for each number of ports."""
    area = {"cell": cell}
    for ports in ("1RW", "1RW1R"):
        rows = [p for p in points if p["ports"] == ports]
        if rows:
            area[ports] = solve([area_features(p) for p in rows],
                                [p["area"] / (cell or CELL_F2 * p["node"] ** 2 * 1e-6) for p in rows])
    return area


def fit_quantity(quantity, points, area, shape, known):
    return solve([features_of(quantity, p, area, shape, known) for p in points],
                 [p[quantity] for p in points])


def groups_of(points):
    groups = {}
    for p in points:
        groups.setdefault((p["node"], p["device"]), []).append(p)
    return groups


def cell_area(node):
    return CELL_F2 * node ** 2 * 1e-6


def held_out_errors(points, shape, quantity, parts):
    """log(model / point) of each point when its part (by size) was not fitted."""
    errors, known = [], {}
    for part in parts:
        inside = lambda p: p["bits"] // 8 in part
        fitted_area = fit_area([p for p in points if not inside(p)], None)
        if quantity == "area":
            for p in filter(inside, points):
                area = predict(fitted_area[p["ports"]], area_features(p)) * cell_area(p["node"])
                errors.append(math.log(area / p["area"]))
            continue
        for (node, _), rows in groups_of(points).items():
            area = dict(fitted_area, cell=cell_area(node))
            constants = fit_quantity(quantity, [p for p in rows if not inside(p)], area, shape, known)
            for p in filter(inside, rows):
                made = predict(constants, features_of(quantity, p, area, shape, known))
                errors.append(math.log(max(made, 1e-12) / p[quantity]))
    return errors


SIZES = [512, 2048, 4096, 16384, 73728]
EACH_SIZE = [[size] for size in SIZES]
HALVES = [SIZES[0::2], SIZES[1::2]]


def fit_shape(points, area, steps):
    """Random descent on the mean error of read energies at sizes that were left out."""
    random.seed(1)
    shape = {"energy_bank": 0.465, "energy_word": 502.0, "delay_base": 37.9, "delay_column": 71.5,
             "delay_edge": 12.9, "delay_bank": 17.7, "port_read": 1.39}
    fixed = {"edge_bit": area["1RW"][1], "edge_word": area["1RW"][2]}
    def loss(trial):
        errors = held_out_errors(points, dict(trial, **fixed), "read", EACH_SIZE)
        return sum(min(abs(e), 1.0) for e in errors) / len(errors)
    best = loss(shape)
    for _ in range(steps):
        trial = dict(shape)
        for name in random.sample(sorted(shape), random.choice([1, 2, 3])):
            trial[name] *= math.exp(random.gauss(0, 0.1 if name == "port_read" else 0.4))
        value = loss(trial)
        if value < best:
            shape, best = trial, value
    return {name: float("%.4g" % value) for name, value in dict(shape, **fixed).items()}


def write_check(points, shape):
    """How far a fit without some of the sizes is from the points of these sizes."""
    with open("reports/memory_fit.md", "w") as out:
        out.write("# Fits of the SRAM model to part of CACTI's points, judged at the rest\n\n"
                  "Written by `make fit-memory`. Relative error, median / worst in %.\n\n"
                  "| left out | " + " | ".join(["area"] + QUANTITIES) + " |\n|---|" + "---:|" * 5 + "\n")
        for title, parts in (("each size in turn", EACH_SIZE), ("half of the sizes, then the other", HALVES)):
            out.write("| %s |" % title)
            for quantity in ["area"] + QUANTITIES:
                errors = [abs(math.exp(e) - 1) for e in held_out_errors(points, shape, quantity, parts)]
                out.write(" %.1f / %.1f |" % (100 * statistics.median(errors), 100 * max(errors)))
            out.write("\n")


# ---- nodes that were not run ------------------------------------------------------------------------

def between(name, device, node, low, high):
    """A constant at a node from those at 22 and 45 nm: what the law leaves over, linear in log(node)."""
    t = math.log(node / 22) / math.log(45 / 22)
    return law(name, (node, device)) * ((1 - t) * low / law(name, (22, device)) +
                                        t * high / law(name, (45, device)))


def error_band(errors):
    """The factors that take the model to its most distant points."""
    return math.exp(min(-e for e in errors)), math.exp(max(-e for e in errors))


class Model:
    """Named constants with bands, as a YAML entry."""

    def __init__(self, device):
        self.device, self.lines = device, []

    def add(self, name, value, unit, source, band=(1, 1), low=None, high=None, digits=4):
        low = value * band[0] if low is None else low
        high = value * band[1] if high is None else high
        self.lines.append('- {name: %s, value: %.*g, low: %.*g, high: %.*g, unit: %s, source: "%s"}' %
                          (name, digits, value, digits, low, digits, high, unit, source))


UNITS = {"access_base": "ns", "access_edge": "ns/mm", "read_base": "pJ", "read_cell": "pJ/bit",
         "read_word": "pJ/bit", "read_edge": "pJ/bit/mm", "write_base": "pJ", "write_word": "pJ/bit",
         "write_root": "pJ/sqrt(bit)", "write_edge": "pJ/bit/mm", "leak_bit": "mW/bit",
         "leak_area": "mW/mm2"}
AREA_NAMES = {"1RW": ["area_base", "area_bit", "area_word"],
              "1RW1R": ["area2_base", "area2_bit", "area2_word"]}


def add_area(model, cell, cell_source, area, source, band, overhead):
    """`overhead`: what a real macro adds, in cells a macro and cells a bit of a word."""
    model.add("cell", cell, "um2", cell_source)
    for ports, names in AREA_NAMES.items():
        for name, value, more in zip(names, area[ports], (overhead[0], 0, overhead[1])):
            model.add(name, value, "cells" if name.endswith("base") else "cells/bit",
                      source if isinstance(source, str) else source[ports],
                      band if isinstance(band, tuple) else band[ports], high=None if not more else
                      value * (band if isinstance(band, tuple) else band[ports])[1] + more)


def add_quantity(model, quantity, constants, source, band, power_of_ten=1.0):
    for name, value in zip(NAMES[quantity], constants):
        model.add(name, value * power_of_ten, UNITS[name], source, band)


def add_range(model, rows, beyond):
    """The sizes that were fitted, and by what the bands of others are wider."""
    for name, key in (("fitted_bits", "bits"), ("fitted_word", "width")):
        values = [p[key] for p in rows]
        model.add(name, math.sqrt(min(values) * max(values)), "bits", "sizes that were fitted",
                  low=min(values), high=max(values), digits=9)
    model.add("beyond", beyond, "1", "worst of any quantity at one half of CACTI's sizes, of a fit to the other half")


def beyond_of(points, shape):
    return math.exp(max(abs(e) for q in ["area"] + QUANTITIES for e in held_out_errors(points, shape, q, HALVES)))


def write_file(name, head, models):
    with open("%s/%s.yaml" % (FOLDER, name), "w") as out:
        out.write("# Written by scripts/fit_memory.py; cmodel/include/w4a5se/memory.h says what the terms are.\n")
        out.write(head)
        for model in models:
            if model.device:
                out.write("- device: %s\n  constants:\n" % model.device)
            out.writelines(("  " if model.device else "") + line + "\n" for line in model.lines)


def scaled(values, factor):
    return [value * factor for value in values]


def write_cacti(points, shape, area, overhead, beyond):
    """22 and 45 nm as fitted, 32 nm between them; returns the constants by node and device."""
    bands = {q: error_band(held_out_errors(points, shape, q, EACH_SIZE)) for q in ["area"] + QUANTITIES}
    made, known = {}, {}
    for (node, device), rows in groups_of(points).items():
        for quantity in QUANTITIES:
            made[node, device, quantity] = fit_quantity(quantity, rows, dict(area, cell=cell_area(node)),
                                                        shape, known)
    for node in (22, 32, 45):
        models = []
        for device in ("hp", "lstp"):
            source, slack = "fit to CACTI 7, %d nm %s" % (node, device), 1.0
            if node == 32:
                source, slack = "between the fits at 22 and 45 nm by CACTI's 32 nm %s device" % device, 1.1
                for quantity in QUANTITIES:
                    made[node, device, quantity] = [
                        between(name, device, node, low, high) for name, low, high in
                        zip(NAMES[quantity], made[22, device, quantity], made[45, device, quantity])]
            model = Model(device)
            add_area(model, cell_area(node), "146 F^2, CACTI 7", area, "fit to CACTI 7, in cells",
                     (bands["area"][0] / slack, bands["area"][1] * slack), overhead)
            for quantity in QUANTITIES:
                low, high = bands[quantity]
                add_quantity(model, quantity, made[node, device, quantity], source,
                             (low / slack, high * slack))
            add_range(model, points, beyond)
            models.append(model)
        write_file("%dnm" % node, "node_nm: %d\nmodels:\n" % node, models)
    return made


TWO_PORTS = 1.3  # how far a ratio of CACTI's may be from a macro's; assumed
CORNERS = 3      # leakage of other corners than the macros' typical one, at 298 K; assumed


def write_ihp(rows, shape, area, beyond):
    """130 nm from the macros, in cells such that a bit takes as many as in CACTI; and 180 nm."""
    own = fit_area(rows, 1.0)["1RW"]
    cell = own[1] / area["1RW"][1]
    ports = [two / one if one else 1.0 for one, two in zip(area["1RW"], area["1RW1R"])]
    single = scaled(own, 1 / cell)
    double = [single[0] * ports[1], single[1] * ports[1], single[2] * ports[2]]
    macro = {"cell": cell, "1RW": single, "1RW1R": double}
    known = {}
    constants = {q: fit_quantity(q, rows, macro, shape, known) for q in QUANTITIES}
    def held_out(quantity):
        errors = []
        for i, p in enumerate(rows):
            rest = rows[:i] + rows[i + 1:]
            if quantity == "area":
                value = predict(fit_area(rest, 1.0)["1RW"], area_features(p))
            else:
                value = predict(fit_quantity(quantity, rest, macro, shape, known),
                                features_of(quantity, p, macro, shape, known))
            errors.append(math.log(value / p[quantity]))
        return error_band(errors)
    bands = {q: held_out(q) for q in ["area"] + QUANTITIES}
    for node, volts in ((130, 1.2), (180, 1.8)):
        factor, slack = node / 130, 1.0 if node == 130 else 1.6
        rates = {"access": factor, "read": factor * (volts / 1.2) ** 2, "write": factor * (volts / 1.2) ** 2,
                 "leak": factor * volts / 1.2}
        source = "fit to ten IHP SG13G2 macros"
        if node != 130:
            source += ", scaled by feature size and supply (1.2 V to 1.8 V)"
        model = Model("typical")
        low, high = bands["area"][0] / slack, bands["area"][1] * slack
        add_area(model, cell * factor ** 2, source, macro,
                 {"1RW": source, "1RW1R": "1RW, times CACTI's ratio of two ports to one; no such macro"},
                 {"1RW": (low, high), "1RW1R": (low / TWO_PORTS, high * TWO_PORTS)}, (0, 0))
        bands["leak"] = (1 / CORNERS, CORNERS)
        for quantity in QUANTITIES:
            low, high = bands[quantity]
            # Constants per mm or mm2 belong to wires, which are longer at the larger node.
            values = [value * rates[quantity] / (factor if name.endswith("_edge") else
                                                 factor ** 2 if name.endswith("_area") else 1)
                      for name, value in zip(NAMES[quantity], constants[quantity])]
            add_quantity(model, quantity, values, source, (low / slack, high * slack))
        add_range(model, rows, beyond)
        write_file("%dnm" % node, "node_nm: %d\nmodels:\n" % node, [model])
    return single[0], max(0.0, single[2] - area["1RW"][2])


CELL_7NM = 0.027  # um2


def write_7nm(made, area, overhead, points, beyond):
    """7 nm: published bit cell, the form of CACTI; energy between CACTI's scaled and TPUv4i's."""
    model = Model("typical")
    add_area(model, CELL_7NM, "TSMC 7 nm, ISSCC 2017 12.1 by wikichip", area,
             "fit to CACTI 7, in cells; low: cells only; high: twice", (0.75, 2.0), overhead)
    hp = {q: made[22, "hp", q] for q in QUANTITIES}
    lstp = {q: made[22, "lstp", q] for q in QUANTITIES}
    shrink = 7 / 22
    energy = shrink * (0.7 / 0.8) ** 2
    for quantity in QUANTITIES:
        for name, fast, slow in zip(NAMES[quantity], hp[quantity], lstp[quantity]):
            per_length = (shrink ** -1 if name.endswith("_edge") else
                          cell_area(22) / CELL_7NM if name.endswith("_area") else 1)
            if quantity == "access":
                model.add(name, math.sqrt(fast * slow), UNITS[name],
                          "22 nm, mean of hp and lstp; low: hp x 0.6; high: lstp", low=0.6 * fast, high=slow)
            elif quantity == "leak":
                rate = shrink * 0.7 / 0.8 * per_length
                model.add(name, rate * math.sqrt(fast * slow), UNITS[name],
                          "22 nm by F V, mean of hp and lstp; the band is the two",
                          low=rate * slow, high=rate * fast)
            else:
                low = fast * energy * per_length
                model.add(name, 2.4 * low, UNITS[name],
                          "low: CACTI 22 nm hp by F V^2; high: TPUv4i at 7 nm (unverified); value: between",
                          low=low, high=5.8 * low)
    add_range(model, points, beyond)
    write_file("7nm", "node_nm: 7\nmodels:\n", [model])


def write_organisation(shape):
    units = {"delay_column": "rows/column", "delay_edge": "rows/cell", "delay_base": "rows",
             "delay_bank": "rows", "energy_bank": "rows/bank", "energy_word": "rows", "port_read": "1",
             "edge_bit": "cells/bit", "edge_word": "cells/bit"}
    model = Model(None)
    for name in sorted(shape):
        model.add(name, shape[name], units[name],
                  "area_bit and area_word of the fit to CACTI 7" if name.startswith("edge") else
                  "random descent on read energies of sizes left out of the fit to CACTI 7")
    write_file("organisation", "constants:\n", [model])


def main():
    every = read_points()
    points = [p for p in every if p["node"] != 130]
    area = fit_area(points, None)
    shape = fit_shape(points, area, int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    write_organisation(shape)
    beyond = beyond_of(points, shape)
    overhead = write_ihp([p for p in every if p["node"] == 130], shape, area, beyond)
    made = write_cacti(points, shape, area, overhead, beyond)
    write_7nm(made, area, overhead, points, beyond)
    write_check(points, shape)


if __name__ == "__main__":
    main()
