#!/usr/bin/env python3
"""Turns ctest's --output-junit into lines for $results: passed|failed|skipped, name, reason.

What failed tests printed goes to the standard error, so that it ends the log.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def skip_reason(name, output):
    """A test that skips itself prints "SKIPPED: <its name>: <reason>"."""
    line = re.search(r"^SKIPPED: (.*)$", output, re.MULTILINE)
    return line and line[1].removeprefix(f"{name}: ").strip()


def outcome(case):
    if case.find("failure") is not None or case.get("status") == "fail":
        return "failed", ""
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        reason = skip_reason(case.get("name"), case.findtext("system-out") or "")
        # A test that ctest could not even start is listed with those that chose not to run.
        return ("skipped", reason) if reason else ("failed", "")
    return "passed", ""


for case in ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
    kind, reason = outcome(case)
    if kind == "failed":
        print(f"== FAILED: {case.get('name')}", case.findtext("system-out") or "it did not run",
              sep="\n", file=sys.stderr)
    print(kind, case.get("name"), reason, sep="\t")
