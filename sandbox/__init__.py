"""The product in an emulator on this machine: deployed, paid through, drilled and shown."""
