"""A terminal's screen for tests: enough of one to see what our control sequences leave on it."""

import re

TOKEN = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]")


class Glass:
    """Characters by row; rows that scrolled out stay in front of the list, as scrollback."""

    def __init__(self, columns: int, rows: int) -> None:
        self.lines = [""]
        self.cursor = "shown"
        self.writes = 0
        self._columns = columns
        self._rows = rows
        self._row = 0
        self._column = 0

    def write(self, text: str) -> None:
        """Show what a program writes; line feeds return the carriage, as terminals are set up to."""
        self.writes += bool(text)
        for match in TOKEN.finditer(text):
            if match.group(3):
                self._control(match.group(1) + match.group(3), match.group(2))
            elif match.group() == "\r":
                self._column = 0
            elif match.group() == "\n":
                self._feed()
            else:
                self._put(match.group())

    def text(self) -> str:
        """All rows, scrollback included, without blanks at their ends."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")

    def narrow(self, columns: int) -> None:
        """Make it narrower: lines that are too long wrap, the cursor stays with its character."""
        before = [self._wrap(line, columns) for line in self.lines]
        self._row = sum(map(len, before[: self._row])) + self._column // columns
        self._column %= columns
        self._columns = columns
        self.lines = [row for rows in before for row in rows]

    @staticmethod
    def _wrap(line: str, columns: int) -> list[str]:
        line = line.rstrip()
        return [line[at : at + columns] for at in range(0, max(1, len(line)), columns)]

    def _put(self, char: str) -> None:
        if self._column == self._columns:
            self._feed()
        line = self.lines[self._row].ljust(self._column)
        self.lines[self._row] = line[: self._column] + char + line[self._column + 1 :]
        self._column += 1

    def _feed(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self.lines):
            self.lines.append("")

    def _control(self, name: str, number: str) -> None:
        top = max(0, len(self.lines) - self._rows)
        match name:
            case "A":
                self._row = max(top, self._row - int(number or 1))
            case "K":
                self.lines[self._row] = self.lines[self._row][: self._column]
            case "J":
                del self.lines[self._row + 1 :]
                self.lines[self._row] = self.lines[self._row][: self._column]
            case "?l" | "?h" if number == "25":
                self.cursor = "shown" if name == "?h" else "hidden"
            case "?l" | "?h" | "m":
                pass
            case _:
                raise AssertionError(f"a sequence that no test expects: {number}{name}")
