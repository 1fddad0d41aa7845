"""Names out of a table are data: here they are made harmless for each format.

A class may be called `<script>`, `=HYPERLINK(...)` or `50%_off`; whoever opens the result
sees these characters and nothing else happens. (The page escapes through Jinja2's autoescape.)
"""

import re

# An underscore inside a word is no markup, and recall_variance reads better without.
_MARKDOWN = re.compile(r"[\\|*`<>\[\]$~&]|(?<![^\W_])_|_(?![^\W_])")
_ADDRESS = re.compile(r"\b(www)\.", re.IGNORECASE)
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"{\char34}",  # \textquotedbl is not in OT1
        "*": "{*}",  # after \\ a star would be its own, and a bracket open its optional argument
        "[": "{[}",
        "]": "{]}",
        # Signs of our own tables that TeX knows in formulas only.
        "−": r"\ensuremath{-}",
        "→": r"\ensuremath{\rightarrow}",
        "×": r"\ensuremath{\times}",
        "±": r"\ensuremath{\pm}",
        "≥": r"\ensuremath{\ge}",
        "≤": r"\ensuremath{\le}",
        "∞": r"\ensuremath{\infty}",
        "²": r"\ensuremath{^2}",
        "α": r"\ensuremath{\alpha}",
        "δ": r"\ensuremath{\delta}",
        "ψ": r"\ensuremath{\psi}",
    }
)
_LIGATURE = re.compile(r"([-',`])(?=\1)|[?!](?=`)")  # `--`, and `` ?` ``, are other signs in TeX
# Signs as they are, in full width and as small forms; what a spreadsheet passes over before them;
# and the separators of other locales, behind which a cell of its own would begin.
_PASSED_OVER = r"\s\x00-\x1f\x7f;|"
_FORMULA = re.compile(
    rf"[{_PASSED_OVER}\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫−]|[{_PASSED_OVER}]"
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def one_line(text: str) -> str:
    """Return text on one line without control characters, for cells of tables in files."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def for_markdown(text: str) -> str:
    """Return text that a cell of a Markdown table shows as it is, HTML included."""
    text = _MARKDOWN.sub(r"\\\g<0>", one_line(text)).replace("://", r"\://")
    # Some pages notify whoever is called so, and make links of addresses without being asked.
    return _ADDRESS.sub(r"\1\\.", text).replace("@", "@<!-- -->")


def for_latex(text: str) -> str:
    r"""Return text that LaTeX prints as it is: its special characters become commands."""
    return _LIGATURE.sub(r"\g<0>{}", one_line(text).translate(_LATEX))


def for_spreadsheet(text: str) -> str:
    """Return text that a spreadsheet shows instead of computing.

    A cell that opens with `=`, `+`, `-`, `@` (in full width too), a blank, a control character or
    the separator of another locale gets an apostrophe in front (the OWASP rule for CSV injection);
    plain numbers such as `-1` and every other text stay as they are. To undo it, drop an
    apostrophe that stands before one of these.
    """
    if _FORMULA.match(text) is None or _NUMBER.fullmatch(text):
        return text
    return "'" + text
