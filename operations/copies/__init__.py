"""Objects that one region's bucket has not copied to the other's, and how they are copied again."""
