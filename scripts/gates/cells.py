# SPDX-License-Identifier: Apache-2.0
"""Cells of a liberty as Verilog without delays: functions of outputs, registers without set or reset."""

import re

from gates.flow import Failure

TOKENS = re.compile(r"[\w\[\]]+|[!'&*|+^()]")


def expression(text):
    """A liberty's function in Verilog: ! and ' are not, & * and nothing between are and, | + are or."""
    tokens, at = TOKENS.findall(text), 0

    def peek():
        return tokens[at] if at < len(tokens) else ""

    def take():
        nonlocal at
        at += 1
        return tokens[at - 1]

    def primary():
        if peek() == "!":
            take()
            return f"~{primary()}"
        if peek() == "(":
            take()
            found = f"({either()})"
            if peek() != ")":
                raise Failure(f"liberty: no ) in the function {text}")
            take()
        elif re.match(r"\w", peek()):
            found = take()
            found = f"1'b{found}" if found in "01" else found
        else:
            raise Failure(f"liberty: no operand in the function {text}")
        while peek() == "'":
            take()
            found = f"~{found}"
        return found

    def joined(operand, operators, verilog, adjacent=False):
        terms = [operand()]
        while peek() and (peek() in operators or adjacent and re.match(r"[\w!(]", peek())):
            if peek() in operators:
                take()
            terms.append(operand())
        return terms[0] if len(terms) == 1 else f"({f' {verilog} '.join(terms)})"

    def exclusive():
        return joined(primary, "^", "^")

    def both():
        return joined(exclusive, "&*", "&", adjacent=True)

    def either():
        return joined(both, "|+", "|")

    found = either()
    if at != len(tokens):
        raise Failure(f"liberty: the function {text} goes on behind its end")
    return found


def verilog(cell):
    """A cell of nldm.Library as a module."""
    body = []
    if cell.other_state:
        raise Failure(f"{cell.name} is a latch or a clock gate, which no synthesis here uses")
    if cell.ff:
        state, inverse = re.split(r"[\s,]+", cell.ff.argument)
        if "clear" in cell.ff.attributes or "preset" in cell.ff.attributes:
            raise Failure(f"{cell.name} has an asynchronous set or reset")
        clock = cell.ff.attributes["clocked_on"]
        pin = re.search(r"\w+", clock).group(0)
        edge = "negedge" if clock.strip("() ") != pin else "posedge"
        body += [f"  reg {state};", f"  wire {inverse} = ~{state};",
                 f"  always @({edge} {pin}) {state} <= {expression(cell.ff.attributes['next_state'])};"]
    for name, pin in cell.pins.items():
        if pin.output:
            body.append(f"  assign {name} = {expression(pin.function)};")
    ports = ", ".join(f"{'output' if pin.output else 'input'} {name}" for name, pin in cell.pins.items())
    return "\n".join([f"module {cell.name} ({ports});", *body, "endmodule\n"])


def value(text, pins):
    """What a function or condition is while pins have these values; None if it names others."""
    try:
        return eval(expression(text).replace("1'b", ""), {"__builtins__": {}}, pins) & 1
    except NameError:
        return None
