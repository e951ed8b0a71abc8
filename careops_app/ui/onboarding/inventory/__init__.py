"""The first items: what there is, when it is low, what a visit uses."""
