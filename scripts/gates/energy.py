# SPDX-License-Identifier: Apache-2.0
"""Energy of a netlist whose nets were seen to toggle.

Each transition of a net charges or discharges the pins on it: half of C V^2. Each transition of an
output pin takes its cell's internal energy at that load and input transition: the mean over the
inputs it depends on, weighted by how often they toggle. Pins with internal energy of their own
(clock and data of a register) take theirs at each of their transitions. Transitions are the tables'
from the inputs on, mean of rise and fall. No wires, no clock tree."""

import json
import re

from gates.flow import Failure

INPUT_TRANSITION_NS = 0.1


class Netlist:
    """A flat netlist as Yosys writes it in JSON: cells with the net of each pin."""

    def __init__(self, path, top):
        with open(path) as file:
            module = json.load(file)["modules"][top]
        self.cells = [(c["type"], {pin: bits[0] for pin, bits in c["connections"].items() if bits})
                      for c in module["cells"].values()]
        self.ports = module["ports"]
        self.outputs = {b for p in self.ports.values() if p["direction"] == "output" for b in p["bits"]}
        self.names = {}  # net: its names as (name, bit)
        for name, net in module["netnames"].items():
            for i, bit in enumerate(net["bits"]):
                self.names.setdefault(bit, []).append((name, i + net.get("offset", 0)))


def toggles(vcd, scope):
    """Rises and falls of each bit (name, index) of one scope of a waveform."""
    counts, bits, values, path = {}, {}, {}, []
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
                bits.setdefault(code, []).append((name.lstrip("\\"), low, int(width)))
            elif line.startswith("$enddefinitions"):
                break
        for line in file:
            if line[0] in "01xz":
                value, code = line[0], line[1:].strip()
            elif line[0] == "b":
                value, code = line[1:].split()
            else:
                continue
            if code not in bits:
                continue
            width = bits[code][0][2]
            value = value.rjust(width, value[0] if value[0] in "xz" else "0")
            old = values.get(code)
            values[code] = value
            if old is None or old == value:
                continue
            count = counts.setdefault(code, [[0, 0] for _ in range(width)])
            for i, (a, b) in enumerate(zip(reversed(old), reversed(value))):
                if a + b == "01":
                    count[i][0] += 1
                elif a + b == "10":
                    count[i][1] += 1
    return {(name, low + i): tuple(counts[code][i]) if code in counts else (0, 0)
            for code, names in bits.items() for name, low, width in names for i in range(width)}


class Energy:
    """Energies in pJ of a netlist: of nets, inside cells, of it all; leakage in the library's unit."""

    def __init__(self, netlist, library, counted, output_load, input_transition=INPUT_TRANSITION_NS):
        self.library, self.loads, self.drivers = library, {}, {}
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
        self.transitions = {}
        self.nets = sum(sum(self.seen.get(net, (0, 0))) * load for net, load in self.loads.items())
        self.nets *= library.voltage ** 2 / 2
        self.internal = sum(self.inside(kind, pins) for kind, pins in netlist.cells)
        self.total = self.nets + self.internal
        self.leakage = sum(library.cells[kind].leakage for kind, _ in netlist.cells)

    def seen_of(self, net, names, counted):
        found = [counted[name] for name in names if name in counted]
        # A constant, or a net that no pin loads, which a simulator may leave out.
        if not found and (isinstance(net, str) or not self.loads.get(net)):
            return 0, 0
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

    def inside(self, kind, pins):
        total = 0.0
        for pin, net in pins.items():
            energy = self.library.cells[kind].pins[pin].energy
            rises_falls = self.seen.get(net, (0, 0))
            weights = {r: sum(self.seen.get(pins[r], (0, 0))) if r in pins else 1 for r in energy}
            if not any(weights.values()):
                weights = dict.fromkeys(weights, 1)
            for related, both in energy.items():
                slew = self.transition(pins[related] if related in pins else net)
                each = sum(n * t.at(self.loads[net], slew) for n, t in zip(rises_falls, both) if t)
                total += each * weights[related] / sum(weights.values())
        return total
