"""A backup: one file with every row and every stored file of an installation, and the way back into an empty one.

Tables are asked of the database's own catalog, so that what is added tomorrow is in it. The keys are not.
"""
