"""What the supported browsers lack, and where we use it: `python -m tests.features <npm tarball>`.

The versions are those of MDN's browser-compat-data, which caniuse shows, too. With the tarball
that `npm pack @mdn/browser-compat-data` brings, every version below is compared with it.
"""

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# The last Chrome and Edge of Windows 7 and 8, Firefox ESR on these, Safari of iOS 15.
SUPPORTED = {"chrome": "109", "firefox": "115", "safari": "15.6"}
NEVER = "never"


class Feature(NamedTuple):
    """Since when browsers have it; where in the data that is said; what using it looks like."""

    key: str
    pattern: str
    chrome: str
    firefox: str
    safari: str
    # Why it may be used without a fallback: what is lost without it.
    lost: str = ""

    @property
    def lacking(self) -> list[str]:
        """The supported browsers that have it not."""
        return [
            f"{name} {oldest}"
            for name, oldest in SUPPORTED.items()
            if (since := getattr(self, name)) == NEVER or number(since) > number(oldest)
        ]


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


STYLES = [
    Feature("css.selectors.has", r":has\(", "105", "121", "15.4"),
    Feature("css.selectors.nesting", r"(?m)^\s+&|\{[^{}]*\n\s+&", "120", "117", "17.2"),
    Feature("css.selectors.dir", r":dir\(", "120", "49", "16.4"),
    Feature("css.selectors.user-invalid", r":user-(?:in)?valid", "119", "88", "16.5"),
    Feature("css.at-rules.container", r"@container|\d(?:cqw|cqi|cqb)\b", "105", "110", "16"),
    Feature("css.at-rules.layer", r"@layer", "99", "97", "15.4"),
    Feature("css.at-rules.property", r"@property", "85", "128", "16.4"),
    Feature("css.at-rules.scope", r"@scope", "118", "146", "26.4"),
    Feature("css.at-rules.starting-style", r"@starting-style", "117", "129", "17.5"),
    Feature("css.at-rules.media.range_syntax", r"@media[^{]*[<>]", "104", "102", "16.4"),
    Feature(
        "css.at-rules.media.scripting",
        r"\(scripting: (?:enabled|none)\)",
        "120",
        "113",
        "17",
        "without scripts, an older browser shows no table in place of a chart",
    ),
    Feature("css.types.color.color-mix", r"color-mix\(", "111", "113", "16.2"),
    Feature("css.types.color.light-dark", r"light-dark\(", "123", "120", "17.5"),
    Feature("css.types.color.oklch", r"oklch\(", "111", "113", "15.4"),
    Feature(
        "css.types.length.viewport_percentage_units_dynamic",
        r"\d(?:dvh|svh|lvh|dvw)\b",
        "108",
        "101",
        "15.4",
    ),
    Feature("css.properties.grid-template-columns.subgrid", r"subgrid", "117", "71", "16"),
    Feature("css.properties.field-sizing", r"field-sizing", "123", "152", "26.2"),
    Feature("css.properties.overflow.clip", r"overflow[a-z-]*: clip", "90", "81", "16"),
    Feature("css.properties.anchor-name", r"anchor-name|anchor\(", "125", "147", "26"),
    Feature("css.properties.animation-timeline", r"animation-timeline", "115", "159", "26"),
    Feature("css.properties.accent-color", r"accent-color", "93", "92", "26.2", "the usual blue"),
    Feature("css.properties.text-wrap", r"text-wrap:", "114", "121", "17.4", "an uneven last line"),
    Feature(
        "css.properties.backdrop-filter",
        r"backdrop-filter",
        "76",
        "103",
        "18",
        "the bar is nearly opaque as it is",
    ),
    Feature(
        "css.properties.content-visibility",
        r"content-visibility",
        "85",
        "125",
        "18",
        "drawing a long board takes a little longer",
    ),
    Feature(
        "css.properties.contain-intrinsic-size",
        r"contain-intrinsic",
        "83",
        "107",
        "17",
        "goes with content-visibility",
    ),
    Feature(
        "css.properties.overscroll-behavior",
        r"overscroll-behavior",
        "144",
        "150",
        "16",
        "the page scrolls on at the end of a list",
    ),
    Feature(
        "css.properties.scrollbar-width",
        r"scrollbar-width",
        "121",
        "64",
        "18.2",
        "a scrollbar of the usual width",
    ),
    Feature(
        "css.properties.forced-color-adjust",
        r"forced-color-adjust",
        "89",
        "113",
        NEVER,
        "Safari has no forced colours",
    ),
    Feature(
        "css.at-rules.media.forced-colors",
        r"forced-colors",
        "89",
        "89",
        "16",
        "macOS has no forced colours",
    ),
]
SCRIPTS = [
    Feature("api.AbortSignal.timeout_static", r"AbortSignal\.timeout\b(?!\?)", "124", "100", "16"),
    Feature("api.AbortSignal.any_static", r"AbortSignal\.any\b", "116", "124", "17.4"),
    Feature("api.Element.checkVisibility", r"\.checkVisibility\(", "105", "106", "17.4"),
    Feature("api.Document.startViewTransition", r"startViewTransition(?!\?)", "111", "144", "18"),
    Feature("api.HTMLElement.popover", r"(?:show|hide|toggle)Popover\(", "114", "125", "17"),
    Feature("api.Scheduler.yield", r"scheduler\.yield", "129", "142", NEVER),
    Feature("api.URL.canParse_static", r"URL\.canParse", "120", "115", "17"),
    Feature("api.structuredClone", r"structuredClone\(", "98", "94", "15.4"),
    Feature("javascript.builtins.Array.at", r"\.at\(", "92", "90", "15.4"),
    Feature("javascript.builtins.Array.findLast", r"\.findLast(?:Index)?\(", "97", "104", "15.4"),
    Feature(
        "javascript.builtins.Array.toSorted",
        r"\.to(?:Sorted|Reversed|Spliced)\(",
        "110",
        "115",
        "16",
    ),
    Feature("javascript.builtins.Array.fromAsync", r"Array\.fromAsync", "121", "115", "16.4"),
    Feature("javascript.builtins.Object.groupBy", r"\.groupBy\(", "117", "119", "17.4"),
    Feature("javascript.builtins.Promise.withResolvers", r"withResolvers", "119", "121", "17.4"),
    Feature("javascript.builtins.Promise.try", r"Promise\.try", "128", "134", "18.2"),
    Feature(
        "javascript.builtins.Set.union",
        r"\.(?:union|intersection|difference|isSubsetOf)\(",
        "122",
        "127",
        "17",
    ),
    Feature("javascript.builtins.RegExp.escape", r"RegExp\.escape", "136", "134", "18.2"),
    Feature("javascript.builtins.Intl.DurationFormat", r"DurationFormat", "129", "136", "16.4"),
    Feature("javascript.classes.static.initialization_blocks", r"static \{", "94", "93", "16.4"),
    Feature(
        "javascript.regular_expressions.lookbehind_assertion", r"\(\?<[=!]", "62", "78", "16.4"
    ),
    Feature(
        "javascript.operators.import_meta.resolve", r"import\.meta\.resolve", "105", "106", "16.4"
    ),
    Feature(
        "javascript.statements.import.import_attributes", r"from \S+ with \{", "123", "138", "17.2"
    ),
    Feature("html.elements.script.type.importmap", r"importmap", "89", "108", "16.4"),
]


def used_without_fallback(text: str, features: list[Feature]) -> Iterator[str]:
    """What a supported browser lacks: the feature, who lacks it, and where it is used."""
    for feature in features:
        if feature.lacking and not feature.lost and (found := re.search(feature.pattern, text)):
            line = text.count("\n", 0, found.start()) + 1
            yield f"line {line}: {feature.key} ({', '.join(feature.lacking)})"


def without_guarded(css: str) -> str:
    """The sheet without what stands in @supports, which is for those who have it."""
    while (begin := css.find("@supports")) >= 0:
        end, open_ = css.index("{", begin) + 1, 1
        while open_:
            open_ += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        css = css[:begin] + "\n" * css.count("\n", begin, end) + css[end:]
    return css


def compare(tarball: Path) -> None:
    """Says which versions of the tables are not those of the data."""
    with tarfile.open(tarball) as package:
        file = package.extractfile("package/data.json")
        assert file is not None
        data = json.load(file)
    for feature in STYLES + SCRIPTS:
        node = data
        for name in feature.key.split("."):
            node = node[name]
        for browser in SUPPORTED:
            said = node["__compat"]["support"][browser]
            said = said if isinstance(said, list) else [said]
            plain = [
                each for each in said if not each.keys() & {"prefix", "flags", "alternative_name"}
            ]
            since = (plain or said)[0]["version_added"] or NEVER
            if str(since).lstrip("≤") != getattr(feature, browser):
                print(f"{feature.key}: {browser} {since}, here {getattr(feature, browser)}")


if __name__ == "__main__":
    compare(Path(sys.argv[1]))
