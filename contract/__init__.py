"""What the constructs deploy and the functions and operations rely on: names, limits and objectives, each stated once.

Standard library only: the constructs, the functions' zip and the operations import it.
"""
