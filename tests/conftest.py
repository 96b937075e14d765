"""How much Hypothesis tries: little, to be quick; much more with `--hypothesis-profile thorough`."""

from hypothesis import settings

# An example may build a whole package, and the first one compiles the contract: no example has a deadline.
settings.register_profile("fast", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile("fast")
