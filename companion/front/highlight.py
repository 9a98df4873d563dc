"""Light colours for Python source, from the sixteen that every terminal's own theme makes readable."""

from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

THEME = ANSISyntaxTheme(
    {
        # pygments' token types are these tuples
        ("Comment",): Style(dim=True),
        ("Keyword",): Style(color="magenta"),
        ("Operator", "Word"): Style(color="magenta"),
        ("Literal", "Number"): Style(color="cyan"),
        ("Literal", "String"): Style(color="green"),
    }
)


def highlight(lines: list[str]) -> list[Text]:
    """The same lines, coloured as far as an excerpt can be understood."""
    syntax = Syntax("", "python", theme=THEME, background_color="default")
    coloured = list(syntax.highlight("\n".join(lines)).split("\n", allow_blank=True))[: len(lines)]
    if [text.plain for text in coloured] != lines:
        return [Text(line) for line in lines]
    return coloured
