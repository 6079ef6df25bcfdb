"""Virtual time, cooperative tasks, and the processes that run them; knows nothing of AWS or payments."""
