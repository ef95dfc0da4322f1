"""The command line: one module per command, imported only when its command runs."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("teledesign has no commands yet.")
