#!/usr/bin/env python3
"""Checks the rules of docs/design.md that a compiler cannot.

Each rule is a generator of complaints, "file:line: what is wrong". With a folder as argument, that
tree is checked instead of the one this script is in.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../..").resolve()

MOST_COLUMNS = 100
MANY_LINES, MOST_LINES = 300, 400
MOST_LINES_OF_A_FUNCTION = 70
NOT_OURS = {"build", ".git", ".cache"}


def files(*folders, suffixes):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and path.suffix in suffixes and not NOT_OURS & set(parts):
                yield path


def name(path):
    return path.relative_to(root).as_posix()


def lines(path):
    return list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))


def sources(*folders):
    return files(*(folders or ("include", "src", "tests", "examples", "tools")),
                 suffixes={".hpp", ".cpp"})


def every_mechanism_has_a_twin():
    """What src/posix implements, a file of the same name implements in src/win32, and back,
    unless its header says that only one of them has it."""
    def implemented(system):
        for path in (root / "src" / system).glob("*.cpp"):
            is_lone = (root / "include/strait" / system / f"{path.stem}.hpp").exists()
            if path.stem != system and not is_lone:
                yield path.name
    twins = [set(implemented(system)) for system in ("posix", "win32")]
    for lonely in sorted(twins[0] ^ twins[1]):
        has = "posix" if lonely in twins[0] else "win32"
        yield f"src/{has}/{lonely}: has no twin of the same name on the other system"


def systems_differ_in_their_folders():
    """Code for one system is in a folder of its own, not behind #if."""
    doors = {"include/strait/native.hpp", "src/posix/compat.hpp"}
    asks = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|elifdef|elifndef)\b.*"
                      r"(_WIN32|_WIN64|__MINGW\w+|__CYGWIN__|_MSC_VER|__linux__|__APPLE__|__MACH__"
                      r"|TARGET_OS_\w+|__unix__|__\w+BSD__|__ANDROID__)\b")
    for path in sources():
        if name(path) not in doors:
            for number, line in lines(path):
                if asks.match(line):
                    yield f"{name(path)}:{number}: a condition on the system, outside {doors}"


def outside_headers_have_one_door():
    """Who may include the headers that drag the most along."""
    doors = {
        "windows.h": ["src/win32/win32.hpp", "tests/win32/", "tests/support/win32/"],
        "winsock2.h": ["src/win32/win32.hpp", "tests/win32/", "tests/support/win32/"],
        "uv.h": ["src/async/uv.hpp", "tests/"],
    }
    include = re.compile(r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]")
    for path in sources():
        for number, line in lines(path):
            found = include.match(line)
            allowed = doors.get(found[1].lower()) if found else None
            if allowed and not name(path).startswith(tuple(allowed)):
                yield f"{name(path)}:{number}: <{found[1]}> comes through {allowed[0]} alone"


def public_headers_bring_nothing_along():
    """Public headers include each other and the standard library, whose names have no dot."""
    include = re.compile(r"^\s*#\s*include\s*(<strait/[\w/]+\.hpp>|<\w+>|.*)")
    for path in sources("include"):
        for number, line in lines(path):
            found = include.match(line)
            if found and not re.fullmatch(r"<strait/[\w/]+\.hpp>|<\w+>", found[1]):
                yield f"{name(path)}:{number}: a public header must not include {found[1]}"


def public_headers_are_installed():
    listed = (root / "src/CMakeLists.txt").read_text(encoding="utf-8")
    for path in sources("include"):
        if name(path) not in listed:
            yield f"{name(path)}: is not listed in src/CMakeLists.txt, so nobody would get it"


def sources_begin_as_agreed():
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if not text.startswith("// SPDX-License-Identifier: MIT\n"):
            yield f"{name(path)}:1: the first line must be // SPDX-License-Identifier: MIT"
        if path.suffix == ".hpp" and "\n#pragma once\n" not in text:
            yield f"{name(path)}: a header without #pragma once"


def lines_fit_the_screen():
    suffixes = {".hpp", ".cpp", ".in", ".txt", ".cmake", ".sh", ".py"}
    for path in files(".", suffixes=suffixes):
        for number, line in lines(path):
            if len(line) > MOST_COLUMNS:
                yield f"{name(path)}:{number}: {len(line)} columns, more than {MOST_COLUMNS}"


def files_are_short():
    for path in sources():
        if (length := len(lines(path))) > MOST_LINES:
            yield f"{name(path)}: {length} lines, more than {MOST_LINES}"


def functions_are_short():
    """In formatted sources a function begins at the last line that is indented like its end."""
    for path in sources():
        begin = {"": 0, "  ": 0}  # of what is at namespace level, and inside a class
        for number, line in lines(path):
            indent = line[:len(line) - len(line.lstrip())]
            if line == indent + "}" and number - begin.get(indent, number) >= (
                    MOST_LINES_OF_A_FUNCTION):
                yield (f"{name(path)}:{begin[indent]}: a function of "
                       f"{number - begin[indent] + 1} lines, more than {MOST_LINES_OF_A_FUNCTION}")
            elif line.strip() and indent in begin and line.lstrip()[0] not in "}#/:":
                begin[indent] = number


RULES = [every_mechanism_has_a_twin, systems_differ_in_their_folders,
         outside_headers_have_one_door, public_headers_bring_nothing_along,
         public_headers_are_installed, sources_begin_as_agreed, lines_fit_the_screen,
         files_are_short, functions_are_short]


def main():
    for path in sources():
        if MANY_LINES < (length := len(lines(path))) <= MOST_LINES:
            print(f"{name(path)}: {length} lines: two rooms, perhaps?")
    complaints = [complaint for rule in RULES for complaint in rule()]
    print("\n".join(complaints) or f"layout: ok ({len(RULES)} rules)")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
