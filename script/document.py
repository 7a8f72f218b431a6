"""Write the reference pages that are derived from the code: python -m script.document."""

import dataclasses
from pathlib import Path

from config.settings import Settings

ROOT = Path(__file__).parent.parent


def settings_page() -> str:
    """docs/settings.md: every setting, its meaning, its default."""
    lines = [
        "# Settings",
        "",
        "From the environment; each also from a file by `NAME_FILE`. A process with incomplete or",
        "unsound settings does not start and names every fault. Partners' base URLs must be",
        "https to the hosts of `config/partners.toml`, or all of them http to a loopback address.",
        "Settings of one group are given all or none.",
        "",
        "| setting | meaning | default | secret | group |",
        "|---|---|---|---|---|",
    ]
    for each in dataclasses.fields(Settings):
        about = each.metadata
        default = "" if about["default"] is None else f"`{about['default']}`"
        secret = "yes" if about["secret"] else ""
        cells = (f"`{each.name.upper()}`", about["help"], default, secret, about["group"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def example() -> str:
    """.env.example: every setting, commented out where it has a default."""
    lines = ["# Copy to /etc/banshitong.env, mode 0600. docs/settings.md explains every line."]
    for each in dataclasses.fields(Settings):
        about = each.metadata
        lines.append(f"\n# {about['help']}")
        given = f"{each.name.upper()}={'' if about['default'] is None else about['default']}"
        lines.append(given if about["default"] is None and not about["group"] else f"# {given}")
    return "\n".join(lines) + "\n"


PAGES = {"docs/settings.md": settings_page, ".env.example": example}


def main() -> None:
    """Write every derived page."""
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
