"""IAM where MiniStack has gaps: more actions, leading keys, who was refused what."""
