# SPDX-License-Identifier: Apache-2.0
"""Cells of a liberty."""

import gzip
import os
import re

from gates.flow import Failure

DEFAULT_LIBERTY = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"
BRACE = re.compile(r"[{}]")
NAMES = {"osu018_stdcells": "osu018", "asap7_rvt_tt": "asap7", "sky130hd_tt": "sky130"}


def without_power(text):
    """A liberty without its tables of power, which mapping and timing do not read."""
    kept, at = [], 0
    for start in re.finditer(r"\b(?:internal_power|leakage_power)\s*\([^)]*\)\s*\{", text):
        if start.start() < at:
            continue
        kept.append(text[at:start.start()])
        at, depth = start.end(), 1
        while depth:
            brace = BRACE.search(text, at)
            depth += 1 if brace.group() == "{" else -1
            at = brace.end()
    return "".join(kept) + text[at:]


class Liberty:
    """Areas of a library's cells, and which of them are registers; in `folder` the library as plain text,
    and without its power, which is read in a fraction of the time."""

    def __init__(self, path, folder):
        if not os.path.exists(path):
            raise Failure(f"there is no liberty {path}")
        self.name = os.path.basename(path)
        self.path = path
        if path.endswith(".gz"):
            self.path = os.path.join(folder, self.name[:-3])
            with gzip.open(path) as packed, open(self.path, "wb") as plain:
                plain.write(packed.read())
        with open(self.path, errors="replace") as file:
            text = file.read()
        unit = re.search(r"\btime_unit\s*:\s*\"?1([pn])s", text)
        self.ns = 1e-3 if unit and unit.group(1) == "p" else 1.0  # of its unit of time
        self.lean = os.path.join(folder, "lean.lib")
        with open(self.lean, "w") as file:
            file.write(without_power(text))
        self.areas, self.registers = {}, set()
        starts = list(re.finditer(r"^\s*cell\s*\(\s*\"?([\w.$]+)\"?\s*\)", text, re.M))
        for start, end in zip(starts, starts[1:] + [None]):
            cell = text[start.end():end.start() if end else len(text)]
            area = re.search(r"\barea\s*:\s*\"?([\d.eE+-]+)", cell)
            if area:
                self.areas[start.group(1)] = float(area.group(1))
            if re.search(r"^\s*ff\s*\(", cell, re.M):
                self.registers.add(start.group(1))
        self.nand2 = self.smallest(r"nand_?2")
        self.driver = os.environ.get("DRIVER") or self.strongest_inverter()

    def smallest(self, pattern):
        areas = [(a, c) for c, a in self.areas.items() if re.search(pattern, c, re.I) and a > 0]
        if not areas:
            raise Failure(f"{self.name} has no cell named like {pattern}")
        return min(areas)[1]

    def strongest_inverter(self):
        for strength in (4, 2, 1):
            for cell in sorted(self.areas):
                if re.search(rf"inv_?x?{strength}(_ASAP|$)", cell, re.I):
                    return cell
        return self.smallest("inv")
