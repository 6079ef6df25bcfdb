"""Makes `python main.py` fast without changing what it writes; README.md says how, and what each part brings."""
