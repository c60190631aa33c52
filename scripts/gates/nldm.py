# SPDX-License-Identifier: Apache-2.0
"""What a liberty says of its cells' energy: capacitances, tables of internal energy and transitions.

Units are the library's: energy of a table is capacitance times voltage squared (pJ for pF and V),
that of one transition of the pin; what a net's own capacitance takes comes on top."""

import re

from gates.flow import Failure


class Group:
    """A liberty group: name, argument, attributes, groups within."""

    def __init__(self, kind, argument):
        self.kind, self.argument, self.attributes, self.groups = kind, argument, {}, []

    def each(self, *kinds):
        return [g for g in self.groups if g.kind in kinds]

    def number(self, key, otherwise=0.0):
        return float(self.attributes.get(key, otherwise))


TOKENS = re.compile(r'"([^"]*)"|([{}();:,])|([^\s"{}();:,]+)')


def parse(text):
    text = re.sub(r"/\*.*?\*/|\\\n", " ", text, flags=re.S)
    tokens = [m.group(1) if m.group(1) is not None else m.group(0) for m in TOKENS.finditer(text)]
    root, at = Group("", ""), 0
    stack = [root]
    while at < len(tokens):
        if tokens[at] == "}":
            stack.pop()
            at += 1
        elif tokens[at] == ";":
            at += 1
        elif tokens[at + 1] == ":":
            end = tokens.index(";", at)
            stack[-1].attributes[tokens[at]] = " ".join(tokens[at + 2:end])
            at = end + 1
        elif tokens[at + 1] == "(":
            end = tokens.index(")", at)
            argument = [t for t in tokens[at + 2:end] if t != ","]
            if end + 1 < len(tokens) and tokens[end + 1] == "{":
                group = Group(tokens[at], " ".join(argument))
                stack[-1].groups.append(group)
                stack.append(group)
                at = end + 2
            else:
                stack[-1].attributes[tokens[at]] = argument
                at = end + 1
        else:
            raise Failure(f"liberty: no group or attribute at '{tokens[at]} {tokens[at + 1]}'")
    return root.groups[0]


def numbers(text):
    return [float(x) for x in re.split(r"[,\s]+", text.strip())]


def bracket(axis, x):
    """The interval of an axis to interpolate in, the outer ones beyond its ends, and where in it."""
    i = max(k for k in range(len(axis) - 1) if k == 0 or axis[k] <= x)
    return i, (x - axis[i]) / (axis[i + 1] - axis[i])


def between(values, i, where):
    return values[i] + where * (values[i + 1] - values[i])


class Table:
    """A lookup table by the output's load and the input's transition, or by the transition alone."""

    def __init__(self, group):
        self.axes = [numbers(group.attributes[k][0])
                     for k in ("index_1", "index_2") if k in group.attributes]
        self.rows = [numbers(row) for row in group.attributes["values"]]

    def at(self, load, transition):
        j, g = bracket(self.axes[-1], transition)
        if len(self.axes) == 1:
            return between(self.rows[0], j, g)
        i, f = bracket(self.axes[0], load)
        return between([between(row, j, g) for row in self.rows], i, f)


class Pin:
    def __init__(self, group):
        self.output = group.attributes.get("direction") == "output"
        self.capacitance = group.number("capacitance")
        # By related pin, None where there is none: tables of rise and fall.
        self.energy = {p.attributes.get("related_pin"): tables(p, "rise_power", "fall_power")
                       for p in group.each("internal_power")}
        self.transition = {t.attributes.get("related_pin"): tables(t, "rise_transition", "fall_transition")
                           for t in group.each("timing") if t.each("rise_transition", "fall_transition")}


def tables(group, *kinds):
    return [Table(group.each(kind)[0]) if group.each(kind) else None for kind in kinds]


class Cell:
    def __init__(self, group):
        self.pins = {p.argument: Pin(p) for p in group.each("pin")}
        self.leakage = group.number("cell_leakage_power")
        self.register = bool(group.each("ff"))


class Library:
    def __init__(self, path):
        with open(path, errors="replace") as file:
            library = parse(file.read())
        self.voltage = library.number("nom_voltage")
        self.cells = {c.argument: Cell(c) for c in library.each("cell")}
        unit = library.attributes.get("capacitive_load_unit", ["1", "pf"])
        if (float(unit[0]), unit[1].lower(), library.attributes.get("voltage_unit")) != (1, "pf", "1V"):
            raise Failure(f"{path}: capacitances are not in pF or voltages not in V")
        self.leakage_unit = library.attributes.get("leakage_power_unit")
