"""Run JavaScript in node: what the page would do."""

import json
import subprocess
from collections.abc import Sequence

__all__ = ["answers"]


def answers(node: str, script: str, function: str, inputs: Sequence[object]) -> list:
    """What a JavaScript function gives for each input; `script` is run before it, and all go through JSON.

    Every number comes back as a float; one that JSON cannot hold as None.
    """
    program = (
        f"{script}\nconst inputs = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n"
        f"process.stdout.write(JSON.stringify(inputs.map({function})));"
    )
    process = subprocess.run(
        [node, "-e", program], input=json.dumps(inputs), capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout, parse_int=float)
