"""Bring a translation up to date with its template: ``merge_po.py TEMPLATE.pot LANGUAGE.po``."""

import sys
from pathlib import Path

import polib

# Set anew at each export: they would make every export a change.
VOLATILE = ("POT-Creation-Date", "PO-Revision-Date")
# Values of Odoo's website on records that an add-on extends: they are the website's to translate.
FOREIGN = "model:ir.model,website_form_label:"
# Odoo's export leaves these empty.
LANGUAGE_METADATA = {
    "Language-Team": "",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


def main(template_path, language_path):
    """Merge and save both files; print how many terms wait for a translation."""
    template = polib.pofile(template_path)
    for name in VOLATILE:
        template.metadata.pop(name, None)
    for entry in [entry for entry in template if all(place.startswith(FOREIGN) for place, __ in entry.occurrences)]:
        template.remove(entry)
    template.save(template_path)
    language = polib.pofile(language_path) if Path(language_path).exists() else polib.POFile()
    known = {entry.msgid: entry.msgstr for entry in language if not entry.obsolete and entry.msgstr}
    merged = polib.POFile()
    merged.metadata = {**template.metadata, "Language": Path(language_path).stem, **LANGUAGE_METADATA}
    for entry in template:
        entry.msgstr = known.get(entry.msgid, "")
        merged.append(entry)
    merged.save(language_path)
    waiting = [entry.msgid for entry in merged if not entry.msgstr]
    print(f"{language_path}: {len(merged)} terms, {len(waiting)} without a translation")


if __name__ == "__main__":
    main(*sys.argv[1:])
