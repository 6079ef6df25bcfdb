"""Where this project lies: its commands are run, its settings and Terraform's state are found here."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
