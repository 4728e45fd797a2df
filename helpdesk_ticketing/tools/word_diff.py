import difflib

from markupsafe import Markup, escape


def word_diff(before, after):
    """Return what changed between two texts, as HTML: by lines, and within changed lines by words.

    >>> str(word_diff("Open the valve.", "Close the valve."))
    '<div><del>Open</del> <ins>Close</ins> the valve.</div>'
    >>> str(word_diff("same", "same"))
    '<div>same</div>'
    """
    old, new = before.splitlines(), after.splitlines()
    rows = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [escape(line) for line in old[start:end]]
        else:
            rows += _diff_lines("\n".join(old[start:end]), "\n".join(new[new_start:new_end]))
    return Markup("").join(Markup("<div>%s</div>") % row for row in rows if row.strip())


def _diff_lines(before, after):
    old, new = before.split(), after.split()
    parts = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            parts.append(escape(" ".join(old[start:end])))
            continue
        if start < end:
            parts.append(Markup("<del>%s</del>") % " ".join(old[start:end]))
        if new_start < new_end:
            parts.append(Markup("<ins>%s</ins>") % " ".join(new[new_start:new_end]))
    return [Markup(" ").join(parts)]
