"""Judges a mutation report: each file's and folder's score, and what no test noticed and no one has explained.

usage: eng/mutation-survivors.py REPORT.json EQUIVALENTS.txt

EQUIVALENTS.txt tells its own form in its first lines. The exit code is 1 when the score is too low, when a change
survived that no row explains, when a row explains nothing (any more), or when too many changes are explained away.
"""

import collections
import dataclasses
import json
import pathlib
import sys

SCORE_MIN = 85.0
EQUIVALENT_MAX = 3.0

NOTICED = ("Killed", "Timeout", "RuntimeError")
UNNOTICED = ("Survived", "NoCoverage")
KEYS = ("file", "line", "becomes", "reason")


@dataclasses.dataclass(frozen=True)
class Change:
    """One small change of the model: where, of what, into what."""

    file: str
    line: str
    becomes: str


@dataclasses.dataclass
class Tally:
    noticed: int = 0
    unnoticed: int = 0

    def add(self, was_noticed: bool) -> None:
        self.noticed += was_noticed
        self.unnoticed += not was_noticed

    def __str__(self) -> str:
        return f"{self.score:6.2f} % of {self.total:4}"

    @property
    def total(self) -> int:
        return self.noticed + self.unnoticed

    @property
    def score(self) -> float:
        return 100 * self.noticed / max(1, self.total)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2

    try:
        report = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
        reasons = read_equivalents(pathlib.Path(sys.argv[2]))
    except (OSError, ValueError) as problem:
        print(f"mutation-survivors.py: {problem}", file=sys.stderr)
        return 2

    files, survivors, timeouts = judge(report, reasons)
    folders = collections.defaultdict(Tally)
    whole = Tally()
    for name, tally in files.items():
        print(f"{tally}  {name}")
        for sum_of in (folders[str(pathlib.PurePath(name).parent)], whole):
            sum_of.noticed += tally.noticed
            sum_of.unnoticed += tally.unnoticed

    print()
    for name, tally in folders.items():
        print(f"{tally}  {name}/")

    print_changes("Endless, or taken for it", timeouts)
    return conclude(whole, survivors, reasons, set(files))


def conclude(whole: Tally, survivors: list, reasons: dict, files: set) -> int:
    unexplained = [(where, change) for where, change in survivors if change not in reasons]
    stale = reasons.keys() - {change for _, change in survivors}
    stale = sorted((change for change in stale if change.file in files), key=dataclasses.astuple)
    explained = len(survivors) - len(unexplained)
    equivalent = 100 * explained / max(1, whole.total)

    print_changes("Not noticed and not explained", unexplained)
    print_changes("Explained, but no such change survived", [(change.file, change) for change in stale])
    print(f"\n{whole}  all; {explained} equivalent ({equivalent:.2f} %), {len(unexplained)} unexplained")

    problems = [
        whole.total == 0 and "nothing was changed: does the GLOB name files?",
        whole.score < SCORE_MIN and f"the score is under {SCORE_MIN:.0f} %",
        equivalent > EQUIVALENT_MAX and f"more than {EQUIVALENT_MAX:.0f} % are called equivalent",
        unexplained and "changes survived that nothing explains",
        stale and "rows in the list of equivalents match nothing",
    ]
    for problem in filter(None, problems):
        print(f"mutation-survivors.py: {problem}", file=sys.stderr)

    return 1 if any(problems) else 0


def judge(report: dict, reasons: dict) -> tuple:
    """
    The tally of each file in which something was changed; what survived; what ran out of time. What the list explains
    cannot loop: if it ran out of time the machine was busy, and it counts as survived.
    """
    files, survivors, timeouts = {}, [], []
    for path, content in sorted(report["files"].items()):
        name = "/".join(pathlib.PurePath(path).parts[-2:])
        lines = content["source"].split("\n")
        for mutant in content["mutants"]:
            status = mutant["status"]
            if status not in NOTICED + UNNOTICED:
                continue

            number = mutant["location"]["start"]["line"]
            change = Change(name, one_line(lines[number - 1]), one_line(mutant["replacement"]))
            survived = status in UNNOTICED or (status == "Timeout" and change in reasons)
            files.setdefault(name, Tally()).add(not survived)
            if survived:
                survivors.append((f"{name}:{number} ({status})", change))
            elif status == "Timeout":
                timeouts.append((f"{name}:{number}", change))

    return files, survivors, timeouts


def read_equivalents(path: pathlib.Path) -> dict:
    """Blocks of "key: text" lines; an indented line goes on with the text above, "#" begins a comment."""
    reasons = {}
    text = "\n".join(line for line in path.read_text(encoding="utf-8").split("\n") if not line.startswith("#"))
    for block in filter(str.strip, text.split("\n\n")):
        row, key = {}, None
        for line in block.strip("\n").split("\n"):
            if not line.startswith(" "):
                key, _, line = line.partition(":")
            row[key] = one_line(f"{row.get(key, '')} {line}")

        if tuple(row) != KEYS or not all(row.values()):
            raise ValueError(f"{path.name}: a block needs {', '.join(KEYS)}, in this order:\n{block}")

        change = Change(row["file"], row["line"], row["becomes"])
        if change in reasons:
            raise ValueError(f"{path.name}: twice:\n{block}")

        reasons[change] = row["reason"]

    return reasons


def one_line(text: str) -> str:
    return " ".join(text.split())


def print_changes(title: str, changes: list) -> None:
    if not changes:
        return

    print(f"\n{title}:")
    for where, change in changes:
        print(f"    {where}\n        {change.line}\n        => {change.becomes}")


if __name__ == "__main__":
    sys.exit(main())
