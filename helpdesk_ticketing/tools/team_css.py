"""A team's own style for its pages: what may stand in it, and how it is kept to these pages. Without records."""

import re

CSS_LENGTH = 10_000
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# What fetches, runs or hides something; a backslash writes any of them otherwise.
FORBIDDEN = (
    "<",
    "\\",
    "//",
    "@import",
    "@charset",
    "@namespace",
    "expression(",
    # these take an address as a mere string
    "image(",
    "image-set(",
    "cross-fade(",
    "javascript:",
    "behavior:",
    "-moz-binding",
)
ADDRESS_START = re.compile(r"(?:url|src)\(\s*", re.IGNORECASE)
# Pictures of this site: another address of it might do something. Nothing in it that a browser leaves out or undoes.
PICTURE = re.compile(r"""(["']?)((?:/web/(?:image|content)|/\w+/static)/[\w./?=&%+,:~@-]*)\1\s*\)""", re.ASCII)
# The way up, out of the folder of pictures; browsers take "%2e" for a dot.
UP = re.compile(r"\.\.|%2e", re.IGNORECASE)


class CssError(ValueError):
    """What is wrong with a style: ``what`` is the code of a message, ``part`` the text that it is about."""

    def __init__(self, what, part=""):
        super().__init__(f"{what}: {part}")
        self.what, self.part = what, part


def scope_css(text, scope):
    """Return a style whose rules hold inside of a selector alone.

    :raises CssError: something stands in it that may not

    >>> scope_css("h3, .card > a:hover { color: red } /* x */ @media print { h3 { color: black } }", ".team")
    '.team h3, .team .card > a:hover {color: red}\\n@media print {\\n.team h3 {color: black}\\n}'
    >>> for text in ("a { } }", "a { b { } }", "a { background: URL( 'https:x') }", "+ p { }", "@import 'x'", "a { x: \\\\75 }"):
    ...     try:
    ...         scope_css(text, ".team")
    ...     except CssError as error:
    ...         error.what
    'braces'
    'braces'
    'url'
    'selector'
    'forbidden'
    'forbidden'
    """
    text = COMMENT.sub(" ", text or "")
    if len(text) > CSS_LENGTH:
        raise CssError("length")
    bare = re.sub(r"\s+", "", text.lower())
    for word in FORBIDDEN:
        if word in bare:
            raise CssError("forbidden", word)
    for found in ADDRESS_START.finditer(text):
        address = PICTURE.match(text, found.end())
        if not address or UP.search(address[2]):
            raise CssError("url", text[found.start() : found.end() + 60].split(")")[0])
    return "\n".join(_scope_rules(text, scope))


def _scope_rules(text, scope, nested=False):
    """Return the rules of a style, or of an ``@media`` in it, each with its scope."""
    rules, position = [], 0
    while text[position:].strip():
        start, end = _find_block(text, position)
        head, body = text[position:start].strip(), text[start + 1 : end]
        if head.lower().startswith(("@media", "@supports")) and not nested:
            inner = "\n".join(_scope_rules(body, scope, nested=True))
            rules.append(f"{head} {{\n{inner}\n}}")
        elif head.startswith("@"):
            raise CssError("forbidden", head.split()[0])
        elif "{" in _without_strings(body):
            raise CssError("braces", body.strip()[:40])
        else:
            rules.append(f"{_scope_selectors(head, scope)} {{{body.strip()}}}")
        position = end + 1
    return rules


def _find_block(text, position):
    """Return where the next block begins and ends.

    :raises CssError: its braces do not match
    """
    bare, depth, start = _without_strings(text), 0, -1
    for index in range(position, len(bare)):
        if bare[index] == "{":
            start = index if start < 0 else start
            depth += 1
        elif bare[index] == "}":
            depth -= 1
            if depth < 0:
                break
            if not depth:
                return start, index
    raise CssError("braces", text[position:].strip()[:40])


def _without_strings(text):
    """Return a text of the same length whose strings are blanks: what stands in them is no brace and no comma.

    :raises CssError: a string does not end
    """
    bare = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", lambda found: " " * len(found[0]), text)
    if '"' in bare or "'" in bare:
        raise CssError("quotes")
    return bare


def _scope_selectors(head, scope):
    """Return a list of selectors, each inside of the scope.

    :raises CssError: one that leaves it, or is none
    """
    bare, depth, parts, start = _without_strings(head), 0, [], 0
    for index, letter in enumerate(bare):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            parts.append(head[start:index].strip())
            start = index + 1
    parts.append(head[start:].strip())
    # a sibling of the scope lies outside of it
    if depth or any(not part or part[0] in "+~|&" or ";" in part for part in parts):
        raise CssError("selector", head[:40])
    return ", ".join(f"{scope} {part}" for part in parts)


def get_luminance(colour):
    """Return how bright a colour is, from 0 to 1 (WCAG's relative luminance).

    >>> get_luminance("#ffffff"), get_luminance("#000000")
    (1.0, 0.0)
    """
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return round(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], 6)


def get_contrast(one, other):
    """Return the contrast of two colours, from 1 to 21 (WCAG): 4.5 is enough to read.

    >>> get_contrast("#ffffff", "#000000"), round(get_contrast("#777777", "#ffffff"), 1)
    (21.0, 4.5)
    """
    bright, dark = sorted((get_luminance(one), get_luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def get_colour_css(colour, scope):
    """Return the style of a team's colour: its buttons, its links where they can be read, the stage that is reached.

    >>> "color: #ffffff" in get_colour_css("#0a3d62", ".team"), "color: #000000" in get_colour_css("#ffd32a", ".team")
    (True, True)
    """
    text = "#ffffff" if get_contrast(colour, "#ffffff") >= 4.5 else "#000000"
    rules = [
        f"{scope} .btn-primary {{background-color: {colour}; border-color: {colour}; color: {text}}}",
        f"{scope} .btn-primary:hover {{filter: brightness(0.92)}}",
        f"{scope} .o_ticketing_steps .o_current {{--step-colour: {colour}}}",
        f"{scope} .o_ticketing_head {{border-top: 4px solid {colour}; padding-top: 1rem}}",
    ]
    if text == "#ffffff":  # dark enough for a white page, too
        rules.append(f"{scope} a:not(.btn):not(.list-group-item):not(.badge) {{color: {colour}}}")
    return "\n".join(rules)
