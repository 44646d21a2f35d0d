#!/usr/bin/env python3
"""Runs clang-tidy over the sources of a build whose path matches a pattern.

usage: tidy.py BUILD PATTERN CACHE PLUGIN [ARGUMENT FOR CLANG-TIDY]...

What was found clean is remembered in the folder CACHE, by all that clang-tidy would see of it, so
that a second run looks at what has changed only.
"""
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

TIDY = "clang-tidy-19"
COMPILER = "clang++-19"
# What gcc alone knows, in builds that are made for it.
NOT_FOR_CLANG = {"-fno-keep-inline-dllexport", "-Wno-restrict"}


def commands(build, pattern):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if re.search(pattern, entry["file"]):
            words = [word for word in shlex.split(entry["command"]) if word not in NOT_FOR_CLANG]
            yield {"directory": entry["directory"], "file": entry["file"], "arguments": words}


def options(directory):
    """Every .clang-tidy that counts for sources in the folder."""
    return b"".join(path.read_bytes() for folder in [directory, *directory.parents]
                    if (path := folder / ".clang-tidy").is_file())


def preprocessed(command, extra):
    words = command["arguments"]
    begin = next(i for i, word in enumerate(words) if word.startswith("-"))  # after the compiler
    end = words.index("-o")
    run = subprocess.run([COMPILER, *extra, *words[begin:end], "-E", "-C", command["file"]],
                         cwd=command["directory"], capture_output=True, check=False)
    if run.returncode != 0:
        return os.urandom(16)  # never seen before: clang-tidy will tell
    return run.stdout.replace(os.getcwd().encode(), b".")  # the same in every checkout


def look(command, tidy, cache, arguments):
    """Whether there is nothing to complain about; if there is, it is said at once."""
    extra = [a.removeprefix("-extra-arg=") for a in arguments if a.startswith("-extra-arg=")]
    seen = [preprocessed(command, extra), options(pathlib.Path(command["file"]).parent),
            *map(str.encode, arguments)]
    key = cache / hashlib.sha256(b"\0".join(seen)).hexdigest()
    if key.exists():
        return True
    run = subprocess.run([*tidy, *arguments, command["file"]], capture_output=True, text=True,
                         check=False)
    if run.returncode != 0:
        print(f"{command['file']}:\n{run.stdout}{run.stderr}", end="", flush=True)
        return False
    key.touch()
    return True


def main():
    build, pattern, cache = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    plugin, arguments = sys.argv[4], sys.argv[5:]
    cache.mkdir(parents=True, exist_ok=True)
    all_commands = list(commands(build, pattern))
    if not all_commands:
        sys.exit(f"no source matches {pattern}")
    with tempfile.TemporaryDirectory() as database:
        pathlib.Path(database, "compile_commands.json").write_text(json.dumps(all_commands))
        tidy = [TIDY, f"-load={plugin}", "-quiet", "-p", database]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            clean = list(pool.map(lambda c: look(c, tidy, cache, arguments), all_commands))
    bad = clean.count(False)
    print(f"{len(all_commands)} sources, {bad} with complaints")
    sys.exit(1 if bad else 0)


main()
