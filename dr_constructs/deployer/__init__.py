"""What whoever deploys a stack must be allowed to do: a policy by what is synthesized, and by its names."""
