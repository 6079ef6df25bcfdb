"""`./run deployer ACCOUNT`: writes the deployer's policies for the stack that was synthesized last, as JSON."""

import json
import os
import re
import sys
from pathlib import Path

from contract.names import stack_name
from dr_constructs.deployer.policy import DeployedNames, policies, statements
from dr_constructs.settings import Settings, SettingsError

_ROOT = Path(__file__).resolve().parents[2]
_FAILED, _MISUSED = 1, 2


def main(arguments: list[str]) -> int:
    """Write the policies to standard output, and return the exit status."""
    if len(arguments) != 1 or not re.fullmatch(r"[0-9]{12}", arguments[0]):
        return _end(f"ACCOUNT must be the 12 digits of an account, got {' '.join(arguments) or 'nothing'}", _MISUSED)
    try:
        settings = Settings.load(os.environ, _ROOT)
    except SettingsError as error:
        return _end(str(error), _FAILED)
    path = _ROOT / "cdktf.out" / "stacks" / stack_name(settings.environment_suffix) / "cdk.tf.json"
    if not path.exists():
        return _end(f"{path.relative_to(_ROOT)} must be there: `./run synth` writes it", _FAILED)
    names = DeployedNames(
        suffix=settings.environment_suffix,
        account=arguments[0],
        regions=(settings.primary_region, settings.standby_region),
        witness=settings.witness_region,
    )
    made = policies(statements(json.loads(path.read_text(encoding="utf-8"))["resource"], names))
    sys.stdout.write(json.dumps(made, indent=2) + "\n")
    return 0


def _end(text: str, status: int) -> int:
    for line in text.splitlines():
        sys.stderr.write(f"deployer: {line}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
