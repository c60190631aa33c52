# SPDX-License-Identifier: Apache-2.0
"""What the scripts that run Yosys, OpenSTA and Icarus share."""

import datetime
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REPORTS = ROOT / "reports"


class Failure(Exception):
    pass


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, **options)
    output = result.stdout + result.stderr
    error = re.search(r"^(Error|ERROR).*", output, re.M)  # sta exits 0 after one
    if result.returncode != 0 or error:
        raise Failure(f"{command[0]}: {error.group(0) if error else output[-500:]}")
    return output


def source_files(module=None):
    """The files of a module and of all that it names, or of every module; packages first."""
    files = {p.stem: p for p in ROOT.glob("rtl/*/*.sv")}
    files |= {p.stem: p for p in ROOT.glob("scripts/gates/*.sv")}
    found, waiting = set(), [module] if module else list(files)
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found.add(name)
            text = re.sub(r"//.*", "", files[name].read_text())
            waiting += re.findall(r"\b(\w+)(?=::|\s+#\(|\s+\w+\s*\()", text)
    return [files[name] for name in sorted(found, key=lambda n: (not n.endswith("_pkg"), n))]


def sources(module=None):
    return " ".join(str(path.relative_to(ROOT)) for path in source_files(module))


def described(module, parameters, folder):
    path = os.path.join(folder, "ports.json")
    given = "".join(f" -chparam {name} {value}" for name, value in parameters.items())
    run(["yosys", "-q", "-p", f"read_verilog -sv {sources(module)}; hierarchy -check -top {module}{given}; "
         f"proc; write_json {path}"])
    with open(path) as file:
        found = json.load(file)["modules"]
    return next(m for m in found.values() if "top" in m["attributes"])


def parameters_of(module, folder):
    return described(module, {}, folder).get("parameter_default_values", {})


def ports_of(module, parameters, folder):
    """Direction and bits of each port, in their order."""
    return described(module, parameters, folder)["ports"]


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def replace(path, text):
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_text(text)
    temporary.rename(path)
