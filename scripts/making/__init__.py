"""Makes packs of models that PyTorch libraries load."""


class Refused(Exception):
    """One sentence, without a full stop."""
