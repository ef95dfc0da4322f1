"""Run JavaScript in node: what the page would do."""

import json
import subprocess
from collections.abc import Sequence

from teledesign.resources import packaged_course

__all__ = ["ENGINE", "answers"]

ENGINE = (packaged_course() / "site" / "assets" / "javascripts" / "estimator-engine.js").read_text(encoding="utf-8")
"""What works with a model's script; to be run before it."""


def answers(node: str, script: str, function: str, inputs: Sequence[object]) -> list:
    """What a JavaScript function gives for each input; `script` is run before it, and all go through JSON.

    Every number comes back as a float; one that JSON cannot hold as None.
    """
    program = f"{script}\nprocess.stdout.write(JSON.stringify({json.dumps(inputs)}.map({function})));"
    process = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout, parse_int=float)
