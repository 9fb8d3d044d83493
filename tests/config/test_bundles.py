"""Scripts in one piece: what a bundle has in it, and what cannot be bundled."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.bundles import BundleError, bundle
from tests.processes import ROOT

SCRIPTS = ROOT / "static" / "js"
MODULES = {
    "app.js": 'import { a, b as c } from "./one.js";\nimport { two } from "./in/two.js";\n'
    "a(c, two);\n",
    "one.js": '// said once\nimport { two } from "./in/two.js";\nexport function a(x, y) {}\n'
    "export const b = two;\n",
    "in/two.js": "/** What it is. */\nexport class two {}\nexport async function three() {}\n",
}


def written(directory: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        path = directory / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory / "js" / "app.js"


def test_each_module_is_in_it_once_before_those_who_need_it(tmp_path: Path) -> None:
    text = bundle(written(tmp_path, MODULES))
    assert text.count("class two") == text.count("function a") == 1
    assert text.index("class two") < text.index("function a") < text.index("a(c, two)")
    assert "const { a, b: c } = js_one;" in text
    assert "return { two, three };" in text
    assert "said once" not in text
    assert "import" not in text
    assert "export" not in text


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./one.js";',
        'import * as x from "./one.js";',
        "export default 3;",
        "export let x = 3;",
        'import { a } from "./nowhere.js";',
        'import { a } from "../app.js";',
    ],
)
def test_what_cannot_be_bundled_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(BundleError):
        bundle(written(tmp_path, MODULES | {"in/two.js": f"{text}\n"}))


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda p: p.stem)
def test_every_script_of_ours_can_be(path: Path, tmp_path: Path) -> None:
    text = bundle(path)
    assert "\nimport " not in text
    if node := shutil.which("node"):
        whole = tmp_path / "whole.mjs"
        whole.write_text(text)
        subprocess.run([node, "--check", whole], check=True)
