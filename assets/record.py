#!/usr/bin/env python3
"""Records what a command shows in a terminal as an animated SVG, without anything but Python.

    assets/record.py assets/demo.svg cargo xtask demo

It is a real run: every line is what the command printed, in the order in which it came. Waiting is cut short, and
the middle of long passages is left out, where the picture says so.
"""

import fcntl
import html
import os
import pty
import re
import socket
import struct
import sys
import termios
import time
from pathlib import Path

COLUMNS, ROWS = 100, 30
LETTER, LINE, MARGIN = 8.43, 19, 16
# Of passages between two headings, these many lines are kept at either end.
HEAD, TAIL = 15, 15
# Seconds: between two lines at least and at most, after a heading, and at the end.
LEAST, MOST, HEADING, END = 0.09, 1.0, 1.1, 6.0

SGR = re.compile(r"\x1b\[([0-9;]*)m")
OTHER = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-ln-z]|\][^\x07]*\x07|[()][A-Z0-9])")
COLOURS = {31: "r", 32: "g", 33: "y", 34: "b", 35: "m", 36: "c", 90: "d"}

STYLE = """
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d4d8e0; white-space: pre }
.B { font-weight: bold } .r { fill: #ff7b72 } .g { fill: #7ee787 } .y { fill: #e3b341 }
.b { fill: #79c0ff } .m { fill: #d2a8ff } .c { fill: #76e3ea } .d { fill: #8b949e }
"""


def record(command: list[str]) -> list[tuple[float, str]]:
    """Runs it in a terminal of its own: each line with the second in which it was whole."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    started, lines, rest = time.monotonic(), [], b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            chunk = b""
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\n")
        now = time.monotonic() - started
        lines += [(now, line.decode(errors="replace")) for line in whole]
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"the command failed: {os.waitstatus_to_exitcode(status)}")
    return lines


class Pen:
    """The colours that are set: they stay from line to line."""

    def __init__(self) -> None:
        self.bold = self.colour = ""

    def set(self, numbers: list[int]) -> None:
        for number in numbers or [0]:
            if number == 0:
                self.bold = self.colour = ""
            elif number in (1, 22):
                self.bold = "B" if number == 1 else ""
            elif number == 39:
                self.colour = ""
            else:
                self.colour = COLOURS.get(number, self.colour)

    def classes(self) -> str:
        return f"{self.bold} {self.colour}".strip()


def spans(line: str, pen: Pen) -> list[tuple[str, str]]:
    """The parts of a line, each with the classes of its colours."""
    # What a carriage return wrote over is not seen.
    line = OTHER.sub("", line.rstrip("\r")).rpartition("\r")[2].expandtabs(8)
    found, end = [], 0
    for code in SGR.finditer(line):
        found.append((line[end : code.start()], pen.classes()))
        end = code.end()
        pen.set([int(number) for number in code[1].split(";") if number])
    found.append((line[end:], pen.classes()))
    return [(text, classes) for text, classes in found if text]


def rows(line: str, pen: Pen) -> list[list[tuple[str, str]]]:
    """A line as a terminal breaks it."""
    result, row, width = [], [], 0
    for text, classes in spans(line, pen):
        while text:
            part, text = text[: COLUMNS - width], text[COLUMNS - width :]
            row.append((part, classes))
            width += len(part)
            if width == COLUMNS:
                result.append(row)
                row, width = [], 0
    if row or not result:
        result.append(row)
    return result


def plain(row: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in row)


def shortened(lines: list[tuple[float, list]]) -> list[tuple[float, list]]:
    """Without the middle of long passages."""
    result, passage = [], []

    def close() -> None:
        left_out = len(passage) - HEAD - TAIL
        if left_out > 3:
            when = passage[-TAIL][0]
            mark = [(f"      ⋮  {left_out} more lines", "d")]
            result.extend([*passage[:HEAD], (when, mark), *passage[-TAIL:]])
        else:
            result.extend(passage)
        passage.clear()

    for line in lines:
        if plain(line[1]).startswith("━━"):
            close()
        passage.append(line)
    close()
    return result


def svg(lines: list[tuple[float, list]]) -> str:
    """The picture: all lines in one long sheet, which moves up behind a window."""
    now, before, moments = 0.5, None, []
    for when, row in lines:
        gap = LEAST if before is None else min(max(when - before, LEAST), MOST)
        if plain(row).startswith("━━"):
            gap = max(gap, HEADING)
        now, before = now + gap, when
        moments.append(now)
    total = now + END
    height = ROWS * LINE
    frames = [f"0% {{ transform: translateY({height}px) }}"]
    for index, moment in enumerate(moments):
        shift = height - (index + 1) * LINE
        frames.append(f"{moment / total * 100:.2f}% {{ transform: translateY({shift}px) }}")
    frames.append(f"100% {{ transform: translateY({height - len(lines) * LINE}px) }}")
    sheet = []
    for index, (_, row) in enumerate(lines):
        parts = []
        for text, classes in row:
            text = html.escape(text, quote=False)
            parts.append(f'<tspan class="{classes}">{text}</tspan>' if classes else text)
        if parts:
            sheet.append(f'<text y="{index * LINE + 14}">{"".join(parts)}</text>')
    width = round(COLUMNS * LETTER + 2 * MARGIN)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 2 * MARGIN}" xml:space="preserve">
<style>{STYLE}.sheet {{ animation: run {total:.1f}s step-end infinite }}
@keyframes run {{ {" ".join(frames)} }}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<svg x="{MARGIN}" y="{MARGIN}" width="{width - 2 * MARGIN}" height="{height}"><g class="sheet">
{chr(10).join(sheet)}
</g></svg>
</svg>
"""


def main() -> None:
    out, *command = sys.argv[1:]
    pen = Pen()
    lines = [(when, row) for when, line in record(command) for row in rows(line, pen)]
    text = "\n".join(plain(row) for _, row in lines)
    for private in (str(Path.home()), os.getcwd(), socket.gethostname()):
        if len(private) > 4 and private in text:
            raise SystemExit(f"the recording shows {private}: it is not written")
    Path(out).write_text(svg(shortened(lines)))


if __name__ == "__main__":
    main()
