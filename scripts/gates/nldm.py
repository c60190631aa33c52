# SPDX-License-Identifier: Apache-2.0
"""What a liberty says of its cells: functions, capacitances, tables of internal energy and transitions.

All in pF, ns, V, pJ and nW, whatever the library's units; its unit of energy is that of capacitance
times voltage squared. Energy of a table is that of one transition of the pin; what a net's own
capacitance takes comes on top. Where a library gives an energy for each supply pin, they add up."""

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
CELL = re.compile(r"^\s*cell\s*\(\s*\"?([\w.$]+)\"?\s*\)", re.M)


def parse(text):
    text = re.sub(r"/\*.*?\*/|\\\n", " ", text, flags=re.S)
    # An attribute ends with its line where it has no semicolon.
    text = re.sub(r"(\w+[ \t]*:[ \t]*[\w.+-]+)[ \t]*$", r"\1;", text, flags=re.M)
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


class Units:
    def __init__(self, library):
        number, name = library.attributes.get("capacitive_load_unit", ["1", "pf"])
        self.pf = float(number) * {"pf": 1.0, "ff": 1e-3}[name.lower()]
        self.ns = scale(library.attributes.get("time_unit", "1ns"), "s") / 1e-9
        self.nw = scale(library.attributes.get("leakage_power_unit", "1nW"), "W") / 1e-9
        if scale(library.attributes.get("voltage_unit", "1V"), "V") != 1:
            raise Failure("the liberty's voltages are not in V")
        self.pj = self.pf


def scale(text, unit):
    found = re.fullmatch(rf"([\d.]+)([munpf]?){unit}", text)
    if not found:
        raise Failure(f"liberty: {text} is no unit of {unit}")
    return float(found.group(1)) * {"": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}[found.group(2)]


class Table:
    """A lookup table by the output's load and the input's transition, one of them or neither.
    `templates` says which axis is which."""

    def __init__(self, group, templates, units, unit):
        template = templates.get(group.argument)
        self.axes = []  # whether it is the load, values
        for number in "12":
            variable = template.attributes.get(f"variable_{number}") if template else None
            given = group.attributes.get(f"index_{number}") or \
                (template.attributes.get(f"index_{number}") if template else None)
            if variable and given:
                load = "capacitance" in variable
                self.axes.append((load, [x * (units.pf if load else units.ns) for x in numbers(given[0])]))
        self.rows = [[x * unit for x in numbers(row)] for row in group.attributes["values"]]

    def at(self, load, transition):
        found = [bracket(axis, load if is_load else transition) for is_load, axis in self.axes]
        if not found:
            return self.rows[0][0]
        if len(found) == 1:
            return between(self.rows[0], *found[0])
        (i, f), (j, g) = found
        return between([between(self.rows[i], j, g), between(self.rows[i + 1], j, g)], 0, f)


class InternalEnergy:
    """Of transitions of a pin: by which other pin, while which condition holds, tables of rise and fall."""

    def __init__(self, group, *of_tables):
        self.related = group.attributes.get("related_pin")
        self.when = group.attributes.get("when")
        self.supply = group.attributes.get("related_pg_pin")
        self.tables = tables(group, of_tables, "rise_power", "fall_power")


class Pin:
    def __init__(self, group, templates, units):
        self.output = group.attributes.get("direction") == "output"
        self.function = group.attributes.get("function")
        self.capacitance = group.number("capacitance") * units.pf
        self.energies = [InternalEnergy(p, templates, units, units.pj) for p in group.each("internal_power")]
        self.transition = {t.attributes.get("related_pin"):
                           tables(t, (templates, units, units.ns), "rise_transition", "fall_transition")
                           for t in group.each("timing") if t.each("rise_transition", "fall_transition")}


def tables(group, of_tables, *kinds):
    return [Table(group.each(kind)[0], *of_tables) if group.each(kind) else None for kind in kinds]


class Cell:
    def __init__(self, group, templates, units):
        self.name = group.argument
        self.pins = {p.argument: Pin(p, templates, units) for p in group.each("pin")}
        default = sum(p.number("value") for p in group.each("leakage_power") if "when" not in p.attributes)
        self.leakage = group.number("cell_leakage_power", default) * units.nw
        self.ff = next(iter(group.each("ff")), None)
        self.other_state = bool(group.each("latch", "statetable"))


class Library:
    """The cells `only`, or all; reading a large library whole takes a minute."""

    def __init__(self, path, only=None):
        with open(path, errors="replace") as file:
            text = file.read().rsplit("}", 1)[0]
        starts = list(CELL.finditer(text))
        if not starts:
            raise Failure(f"{path}: there are no cells")
        ends = [s.start() for s in starts[1:]] + [len(text)]
        bodies = [text[s.start():end] for s, end in zip(starts, ends) if only is None or s.group(1) in only]
        library = parse(text[:starts[0].start()] + "\n".join(bodies) + "\n}")
        units = Units(library)
        templates = {t.argument: t for t in library.each("lu_table_template", "power_lut_template")}
        self.voltage = library.number("nom_voltage")
        self.cells = {c.argument: Cell(c, templates, units) for c in library.each("cell")}
