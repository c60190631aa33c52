# SPDX-License-Identifier: Apache-2.0
"""The text: the King James Bible of Debian's package bible-kjv, split by whole chapters."""
import random
import re
import subprocess
from dataclasses import dataclass

import torch

HELD_OUT = 0.04


@dataclass(frozen=True)
class Chapter:
    """A chapter's name ("Ge1") and its bytes, one verse a line."""
    name: str
    data: bytes

    def tokens(self):
        """The bytes as an int64 tensor [length]."""
        return torch.tensor(list(self.data))


def chapters():
    """Every chapter in the order of the book, without the verse references."""
    command = ["bible", "-f", "Gen1:1-Rev22:21"]
    text = subprocess.run(command, input="\n", stdout=subprocess.PIPE, text=True, check=True).stdout
    verses = {}
    for chapter, verse in re.findall(r"^(\S+):\d+ (.*)$", text, re.MULTILINE):
        verses.setdefault(chapter, []).append(verse)
    return [Chapter(name, ("\n".join(lines) + "\n").encode()) for name, lines in verses.items()]


def split(seed):
    """The chapters as (train, calibration, test), each in the order of the book."""
    book = chapters()
    order = random.Random(seed).sample(range(len(book)), len(book))
    held = round(HELD_OUT * len(book))
    parts = order[2 * held:], order[held:2 * held], order[:held]
    return tuple([book[i] for i in sorted(part)] for part in parts)


def save(folder, calibration, test):
    """Write the held-out chapters into `folder`, a form feed between two chapters."""
    for name, part in (("calibration", calibration), ("test", test)):
        (folder / f"{name}.txt").write_bytes(b"\f".join(chapter.data for chapter in part))
