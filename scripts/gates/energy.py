# SPDX-License-Identifier: Apache-2.0
"""Energy of a netlist whose nets were seen to toggle.

Each transition of a net charges or discharges the pins on it: half of C V^2, which counts for the cells
of these pins. Each transition of an output pin takes its cell's internal energy at that load and input
transition: the mean over the inputs it depends on, weighted by how often they toggle. Pins with internal
energy of their own (clock and data of a register) take theirs at each of their transitions. An energy
with a condition counts by how long the condition held, pins taken as independent. Transitions are the
tables' from the inputs on, mean of rise and fall. No wires, no clock tree."""

import itertools
import json
import re

from gates.cells import value
from gates.flow import Failure

INPUT_TRANSITION_NS = 0.1
MEMORY = "ram_1r1w"  # a black box without capacitance or energy: memories are priced elsewhere
UNSEEN = (0, 0, 0.0)


class Netlist:
    """A flat netlist as Yosys writes it in JSON: cells with their names and the net of each pin."""

    def __init__(self, path, top):
        with open(path) as file:
            module = json.load(file)["modules"][top]
        self.cells, self.names_of_cells, memories = [], [], []
        for name, cell in module["cells"].items():
            if cell["type"] == MEMORY:
                memories.append(cell)
                continue
            self.cells.append((cell["type"], {pin: bits[0] for pin, bits in cell["connections"].items() if bits}))
            self.names_of_cells.append(name.replace("$flatten\\", "").replace("\\", ""))
        self.ports = module["ports"]
        self.outputs = {b for p in self.ports.values() if p["direction"] == "output" for b in p["bits"]}
        self.outputs |= {bit for memory in memories for pin, bits in memory["connections"].items()
                         if memory["port_directions"][pin] == "input" and pin != "clk_i" for bit in bits}
        self.clocks = set(self.ports["clk_i"]["bits"]) if "clk_i" in self.ports else set()
        self.names = {}  # net: its names as (name, bit)
        for name, net in module["netnames"].items():
            for i, bit in enumerate(net["bits"]):
                self.names.setdefault(bit, []).append((name.replace("\\", ""), i + net.get("offset", 0)))


def toggles(vcd, scope):
    """Rises and falls of each bit (name, index) of one scope of a waveform, and the share of the time in
    which it was high. What is dumped after a $dumpoff is no transition."""
    bits, path, wide = {}, [], {}
    with open(vcd) as file:
        for line in file:
            if line.startswith("$scope"):
                path.append(line.split()[2])
            elif line.startswith("$upscope"):
                path.pop()
            elif line.startswith("$var") and ".".join(path) == scope:
                _, _, width, code, name, *rest = line.split()
                low = re.match(r"\[(?:\d+:)?(\d+)\]", rest[0]) if rest[0] != "$end" else None
                low = int(low.group(1)) if low else 0
                bits.setdefault(code, []).append((name.replace("\\", ""), low, int(width)))
            elif line.startswith("$enddefinitions"):
                break
        wide = {code: names[0][2] for code, names in bits.items() if names[0][2] > 1}
        # Of each bit: value, rises, falls, time in which it was high, time since its last transition.
        one = {code: ["x", 0, 0, 0, 0] for code in bits if code not in wide}
        many = {code: [["x", 0, 0, 0, 0] for _ in range(width)] for code, width in wide.items()}
        now = 0
        on, recorded = None, 0

        def change(bit, new):
            if bit[0] == "1":
                bit[3] += now - bit[4]
                if new == "0":
                    bit[2] += 1
            elif bit[0] == "0" and new == "1":
                bit[1] += 1
            bit[0], bit[4] = new, now

        for line in file:
            first = line[0]
            if first in "01xz":
                bit = one.get(line[1:-1].strip())
                if bit:
                    change(bit, first)
            elif first == "b":
                new, code = line[1:].split()
                if code in many:
                    new = new.rjust(wide[code], new[0] if new[0] in "xz" else "0")
                    for bit, digit in zip(many[code], reversed(new)):
                        if bit[0] != digit:
                            change(bit, digit)
            elif first == "#":
                now = int(line[1:])
                if on is None:
                    on = now
            elif line.startswith("$dumpoff"):
                recorded, on = recorded + now - (on or 0), now
            elif line.startswith("$dumpon"):
                on = now
    running = [bit for group in (one.values(), *many.values()) for bit in group if bit[0] != "x"]
    recorded += now - (on or 0) if running else 0
    for bit in running:
        change(bit, bit[0])
    seen = lambda bit: (bit[1], bit[2], bit[3] / recorded if recorded else 0.0)
    return {(name, low + i): seen(many[code][i] if code in many else one[code])
            for code, names in bits.items() for name, low, width in names for i in range(width)}


class Energy:
    """Energies in pJ of a netlist: of nets, inside cells, of it all, of what the clock alone takes; leakage
    in nW. of_part() has them of a part. `counted` is what toggles() gives."""

    def __init__(self, netlist, library, counted, output_load, input_transition=INPUT_TRANSITION_NS):
        self.netlist, self.library, self.loads, self.drivers = netlist, library, {}, {}
        self.input_transition = input_transition
        for kind, pins in netlist.cells:
            if kind not in library.cells:
                raise Failure(f"the liberty has no cell {kind}")
            for pin, net in pins.items():
                described = library.cells[kind].pins[pin]
                self.loads[net] = self.loads.get(net, 0.0) + described.capacitance
                if described.output:
                    self.drivers[net] = (kind, pins, pin)
        for net in netlist.outputs:
            self.loads[net] = self.loads.get(net, 0.0) + output_load
        self.seen = {net: self.seen_of(net, names, counted) for net, names in netlist.names.items()}
        self.seen |= {"0": (0, 0, 0.0), "1": (0, 0, 1.0)}
        self.transitions, self.conditions = {}, {}
        self.half = library.voltage ** 2 / 2
        self.by_cell = [self.of_cell(kind, pins, output_load) for kind, pins in netlist.cells]
        self.nets, self.internal, self.clock, self.leakage = \
            [sum(column) for column in zip(*self.by_cell)] if self.by_cell else [0.0] * 4
        undriven = [net for net in netlist.outputs if net not in self.drivers]
        self.nets += sum(sum(self.seen.get(net, UNSEEN)[:2]) * output_load * self.half for net in undriven)
        self.total = self.nets + self.internal

    def of_part(self, path):
        """Nets, internal, clock, leakage of the cells of an instance and of all within it."""
        inside = [e for name, e in zip(self.netlist.names_of_cells, self.by_cell) if name.startswith(path + ".")]
        if not inside:
            raise Failure(f"the netlist has no instance {path}")
        return [sum(column) for column in zip(*inside)]

    def seen_of(self, net, names, counted):
        found = [counted[name] for name in names if name in counted]
        # A constant, or a net that no pin loads, which a simulator may leave out.
        if not found and (isinstance(net, str) or not self.loads.get(net)):
            return UNSEEN
        if not found:
            raise Failure(f"the waveform has no net {names[0][0]}")
        return found[0]

    def transition(self, net):
        if net not in self.transitions:
            self.transitions[net] = self.input_transition
            if net in self.drivers:
                kind, pins, output = self.drivers[net]
                found = self.library.cells[kind].pins[output].transition
                slews = [table.at(self.loads[net], self.transition(pins[pin]))
                         for pin, both in found.items() for table in both if table and pin in pins]
                self.transitions[net] = sum(slews) / len(slews)
        return self.transitions[net]

    def of_cell(self, kind, pins, output_load):
        """Energy on its nets and inside it, of both what is the clock's, and its leakage."""
        cell = self.library.cells[kind]
        nets = internal = clock = 0.0
        for pin, net in pins.items():
            described = cell.pins[pin]
            transitions = sum(self.seen.get(net, UNSEEN)[:2])
            load = described.capacitance
            if described.output and net in self.netlist.outputs:
                load += output_load
            on_net, inside = transitions * load * self.half, self.inside(cell, pins, pin)
            nets, internal = nets + on_net, internal + inside
            if net in self.netlist.clocks:
                clock += on_net + inside
        return nets, internal, clock, cell.leakage

    def inside(self, cell, pins, pin):
        energies = cell.pins[pin].energies
        rises_falls = self.seen.get(pins[pin], UNSEEN)[:2]
        if not energies or not any(rises_falls):
            return 0.0
        related = {e.related for e in energies}
        weights = {r: sum(self.seen.get(pins[r], UNSEEN)[:2]) if r in pins else 1 for r in related}
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1)
        total = 0.0
        for e, held in zip(energies, self.shares(cell, pins, pin)):
            slew = self.transition(pins[e.related] if e.related in pins else pins[pin])
            each = sum(n * t.at(self.loads[pins[pin]], slew) for n, t in zip(rises_falls, e.tables) if t)
            total += each * held * weights[e.related] / sum(weights.values())
        return total

    def shares(self, cell, pins, pin):
        """How much each of a pin's energies counts. Of an output's energies by the same pin one is always
        due; an input's are due only while their conditions hold."""
        energies = cell.pins[pin].energies
        held = [1.0 if e.when is None else self.held(cell, pins, e.when) for e in energies]
        for key in {(e.related, e.supply) for e in energies}:
            group = [i for i, e in enumerate(energies) if (e.related, e.supply) == key]
            conditional = [i for i in group if energies[i].when is not None]
            total = sum(held[i] for i in conditional)
            for i in group:
                if energies[i].when is None:  # what holds where no condition does
                    held[i] = max(0.0, 1.0 - total)
                elif cell.pins[pin].output and len(conditional) == len(group):
                    held[i] = held[i] / total if total else 1 / len(group)
        return held

    def held(self, cell, pins, when):
        """Probability of a condition, by how long each input, or register's output, was high."""
        free = sorted(p for p in pins if (re.search(rf"\b{p}\b", when) if cell.ff else not cell.pins[p].output))
        high = [self.seen.get(pins[p], UNSEEN)[2] for p in free]
        key = (cell.name, when)
        if key not in self.conditions:
            self.conditions[key] = [state for state in itertools.product((0, 1), repeat=len(free))
                                    if self.condition(cell, when, dict(zip(free, state)))]
        probability = 0.0
        for state in self.conditions[key]:
            share = 1.0
            for bit, h in zip(state, high):
                share *= h if bit else 1 - h
            probability += share
        return probability

    def condition(self, cell, when, state):
        if not cell.ff:
            state = state | {name: value(pin.function, state) for name, pin in cell.pins.items() if pin.output}
        return value(when, state)
