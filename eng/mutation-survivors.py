"""Prints what a mutation report says: each file's score, and each change that no test noticed."""

import collections
import json
import pathlib
import sys

NOTICED = ("Killed", "Timeout")
UNNOTICED = ("Survived", "NoCoverage")


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: eng/mutation-survivors.py REPORT.json", file=sys.stderr)
        return 2

    report = pathlib.Path(sys.argv[1])
    if not report.exists():
        print(f"mutation-survivors.py: there is no {report}", file=sys.stderr)
        return 2

    total = collections.Counter()
    for name, file in sorted(json.loads(report.read_text(encoding="utf-8"))["files"].items()):
        counts = collections.Counter(mutant["status"] for mutant in file["mutants"])
        if sum(counts[status] for status in NOTICED + UNNOTICED) == 0:
            continue

        total.update(counts)
        print(f"{score(counts):6.2f} %  {'/'.join(pathlib.PurePath(name).parts[-2:])}")
        lines = file["source"].split("\n")
        for mutant in file["mutants"]:
            if mutant["status"] in UNNOTICED:
                number = mutant["location"]["start"]["line"]
                print(f"    {number}: {lines[number - 1].strip()}")
                print(f"        {mutant['status']}, {mutant['mutatorName']}: {mutant['replacement']!r}")

    print(f"{score(total):6.2f} %  of {sum(total[status] for status in NOTICED + UNNOTICED)} changes were noticed")
    return 0


def score(counts: collections.Counter) -> float:
    noticed = sum(counts[status] for status in NOTICED)
    return 100 * noticed / max(1, noticed + sum(counts[status] for status in UNNOTICED))


if __name__ == "__main__":
    sys.exit(main())
