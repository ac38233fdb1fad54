"""Each rule of `docs/rules.md` is named where it is kept and where it is proved, and no other is."""

import re
import tomllib

from tests.house.houses import ROOT, modules_in

RULE = re.compile(r"\b[A-Z][0-9]\b")


def rules() -> set[str]:
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| ([A-Z][0-9]) \|", text, re.MULTILINE))


def named_in(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in modules_in(folder)]
    return {rule for path in paths for rule in RULE.findall(path.read_text(encoding="utf-8"))}


def test_every_rule_is_named_in_the_code_and_in_the_tests():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert named_in(*settings["tool"]["importlinter"]["root_packages"]) == rules()
    assert named_in("tests") == rules()
