"""Security: reads the shop's source for calls that let an attacker in. Not a general scanner.

Ten rules over the syntax tree, written for this code base; each has a case in `RULES`. Writes
`build/security.sarif` (SARIF 2.1.0). Fails on any finding of level `error`.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from suites.target import BUILD, ROOT

RULES = {
    "eval": ("error", "9.8", "Code from text runs with all rights of the shop"),
    "shell": ("error", "9.8", "A shell runs whatever is in its command line"),
    "pickle": ("error", "9.8", "Unpickling runs code that the sender chose"),
    "sql-text": ("error", "8.8", "SQL put together from text; use ? parameters"),
    "yaml-load": ("error", "8.1", "yaml.load builds any object; use safe_load"),
    "open-bind": ("warning", "5.3", "Listens on every interface"),
    "weak-hash": ("warning", "5.9", "MD5 and SHA-1 collide"),
    "temp-name": ("warning", "5.5", "mktemp names a file that somebody else may make first"),
    "hard-coded-secret": ("error", "7.5", "A secret in the source is everybody's"),
    "unverified-tls": ("error", "7.4", "A connection whose peer nobody checks"),
}
CALLS = {
    "eval": "eval",
    "exec": "eval",
    "os.system": "shell",
    "os.popen": "shell",
    "pickle.loads": "pickle",
    "pickle.load": "pickle",
    "marshal.loads": "pickle",
    "yaml.load": "yaml-load",
    "hashlib.md5": "weak-hash",
    "hashlib.sha1": "weak-hash",
    "tempfile.mktemp": "temp-name",
    "ssl._create_unverified_context": "unverified-tls",
}
SECRETS = ("password", "secret", "token", "api_key")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one place."""

    rule: str
    file: str
    line: int
    column: int


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _is_built_text(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add)
    return isinstance(node, ast.Call) and _name(node.func).endswith(".format")


def _of_call(call: ast.Call) -> Iterator[str]:
    name = _name(call.func)
    if name in CALLS:
        yield CALLS[name]
    runs_sql = name.rpartition(".")[2] in {"execute", "executemany"} and bool(call.args)
    if runs_sql and _is_built_text(call.args[0]):
        yield "sql-text"
    for keyword in call.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg == "shell" and value is True:
            yield "shell"
        if keyword.arg == "verify" and value is False:
            yield "unverified-tls"


def _of_constant(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and node.value == "0.0.0.0":
        yield "open-bind"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        names = [_name(target).lower() for target in node.targets]
        text = node.value.value
        if isinstance(text, str) and text and any(s in n for s in SECRETS for n in names):
            yield "hard-coded-secret"


def inspect(source: str, file: str) -> list[Finding]:
    """Every rule that this source breaks."""
    found = []
    for node in ast.walk(ast.parse(source, file)):
        rules = list(_of_call(node)) if isinstance(node, ast.Call) else list(_of_constant(node))
        found += [
            Finding(rule, file, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
            for rule in rules
        ]
    return sorted(found, key=lambda finding: (finding.file, finding.line, finding.rule))


def sarif(findings: list[Finding]) -> dict[str, object]:
    """The findings as SARIF 2.1.0."""
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": level},
            "properties": {"security-severity": severity},
        }
        for rule, (level, severity, text) in RULES.items()
    ]
    results = [
        {
            "ruleId": finding.rule,
            "level": RULES[finding.rule][0],
            "message": {"text": RULES[finding.rule][2]},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": finding.file},
                        "region": {"startLine": finding.line, "startColumn": finding.column},
                    }
                }
            ],
        }
        for finding in findings
    ]
    driver = {"name": "storefront suites.security", "version": "1.0.0", "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def main(folder: Path = ROOT / "storefront") -> int:
    """Inspect the shop's source; 0 without findings of level error."""
    files = sorted(folder.rglob("*.py"))
    findings = [
        finding
        for path in files
        for finding in inspect(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]
    BUILD.mkdir(exist_ok=True)
    document = json.dumps(sarif(findings), indent=2) + "\n"
    (BUILD / "security.sarif").write_text(document, encoding="utf-8")
    for finding in findings:
        print(f"{finding.file}:{finding.line}: {finding.rule}: {RULES[finding.rule][2]}")
    print(f"{len(files)} files, {len(findings)} findings")
    return 1 if not files or any(RULES[f.rule][0] == "error" for f in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
