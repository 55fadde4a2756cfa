"""The codes with which assistance says no are for ever: others have written them down."""

import ast
from pathlib import Path

import nrm_assistance

CODES = {
    "assent-missing",
    "assistance-running",
    "case-closed",
    "case-closing",
    "case-unknown",
    "custody-not-moved",
    "dimension-missing",
    "dimension-twice",
    "guardian-missing",
    "immediate-questions-first",
    "need-twice",
    "needs-not-assessed",
    "not-a-party",
    "not-a-receiver",
    "not-immediate",
    "not-the-custodian",
    "original-missing",
    "out-of-order",
    "person-must-agree",
    "pillar-unknown",
    "plan-empty",
    "plan-not-in-force",
    "relative-not-meant",
    "relative-unknown",
    "same-language",
    "scale-left",
    "something-open",
    "support-ended",
    "support-unknown",
}


def test_no_code_disappears_and_none_comes_unlisted() -> None:
    package = Path(str(nrm_assistance.__file__)).parent
    found = {
        str(node.args[0].value)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refused"
        and isinstance(node.args[0], ast.Constant)
    }
    assert found == CODES
