"""Known weaknesses of what is installed, by pip-audit. One that nobody has looked at fails; a service that cannot be
asked is said plainly and fails nothing, because a machine without it must still be able to check everything else.

What was looked at stands in pyproject.toml: [[tool.cchc.audit]] with id, reason and until (a day); after that day it
fails again.
"""

import json
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNREACHABLE = ("ConnectionError", "ServiceError", "HTTPError", "Timeout", "Max retries", "ConnectTimeout", "Connection")
SECONDS = 180


def accepted(today: date) -> dict[str, str]:
    """Ids that were looked at, with the reason. Raises SystemExit for an entry without reason or day."""
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {}
    for entry in entries.get("tool", {}).get("cchc", {}).get("audit", []):
        if not entry.get("reason") or not isinstance(entry.get("until"), date) or not entry.get("id"):
            sys.exit(f"audit: an entry in pyproject.toml needs id, reason and until: {entry}")
        if entry["until"] >= today:
            found[entry["id"]] = entry["reason"]
    return found


def judge(report: str, complaint: str, known: dict[str, str]) -> tuple[int, list[str]]:
    """The exit code and what to say, from pip-audit's own report."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (complaint.strip().splitlines() or ["no answer"])[-1][:200]
        if any(word in complaint for word in UNREACHABLE) or not complaint.strip():
            return 0, [f"audit: NOT DONE, the vulnerability service could not be asked: {last}"]
        return 1, [f"audit: failed: {last}"]
    lines, bad = [], 0
    for package in packages:
        for one in package.get("vulns", []):
            names = {one["id"], *one.get("aliases", [])}
            reason = next((known[name] for name in names if name in known), "")
            fixed = ", ".join(one.get("fix_versions", [])) or "nothing yet"
            bad += not reason
            which = f"{package['name']} {package['version']}: {one['id']}"
            lines.append(f"audit: {which}, mended in {fixed}; {reason or 'FAILS'}")
    asked = sum("vulns" in package for package in packages)
    if not asked:
        return 0, ["audit: NOT DONE, the package index here tells nothing of weaknesses"]
    told = f"audit: {asked} of {len(packages)} packages asked about, {bad} weaknesses that nobody has looked at"
    return int(bad > 0), [*lines, told]


def main() -> int:
    """Run it over this environment."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        report, complaint = ran.stdout, ran.stderr
    except subprocess.TimeoutExpired:
        report, complaint = "", "Timeout: no answer in time"
    code, lines = judge(report, complaint, accepted(datetime.now(UTC).date()))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
