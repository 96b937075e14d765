"""Publishing a package on portals: one module for each, what they share, and the commands.

Every portal's module has `publish`, which makes the portal show what the package holds and returns the
`Changes` that this took. They need the packages of the extra `publish`.
"""
