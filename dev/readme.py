"""The commands that README.rst tells its reader to type.

readme.py commands    every command of the project it names, a line each
readme.py test        the command that runs the tests
"""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
README = PROJECT / "README.rst"
TEST_MARK = ".. the test command"


def code_lines(text):
    """Yield the lines of the README's code blocks, without their comments."""
    inside = False
    for line in text.splitlines():
        if line.startswith(".. code-block::"):
            inside = True
        elif inside and line.strip() and not line.startswith(" "):
            inside = False
        elif inside and line.strip():
            yield line.split(" # ")[0].strip()


def commands(text):
    """Return the scripts of this repository that the README names anywhere."""
    return sorted(set(re.findall(r"(?<![\w/.])(?:bin|dev|deploy|\.ci)/[\w./-]*[\w-]", text)))


def test_command(text):
    """Return the first code line after the mark."""
    return next(code_lines(text.partition(TEST_MARK)[2]), "")


def main(question):
    """Print the answer; fail when there is none."""
    text = README.read_text()
    answer = commands(text) if question == "commands" else [test_command(text)]
    if not any(answer):
        sys.exit(f"README.rst names no {question}")
    print("\n".join(answer))


if __name__ == "__main__":
    main(sys.argv[1])
