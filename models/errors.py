"""The errors of the models, as one tree. Each says what was wrong, the value, and what to do.

ModelError
├── ModelNotFound      no bundled model, local directory or reachable hub id has this name
├── ModelUnusable      it is there, but cannot serve
│   ├── NoTokenizer        no tokenizer beside the weights
│   ├── PickledWeights     weights that run code when read
│   ├── LabelsUnknown      which output means what cannot be told, or there are too few
│   ├── FilesChanged       a file is missing or is not the one the card names
│   └── SelfTestFailed     the answers to the golden pairs are wrong
├── BadText            an input that is no text
└── BadOutput          the model answered with numbers that mean nothing, such as NaN
"""


class ModelError(Exception):
    """The root: anything the models raise on purpose."""


class ModelNotFound(ModelError):
    """No model has this name."""


class ModelUnusable(ModelError):
    """The model is there, but cannot serve."""


class NoTokenizer(ModelUnusable):
    """There is no tokenizer beside the weights."""


class PickledWeights(ModelUnusable):
    """The weights are pickled: reading them could run code."""


class LabelsUnknown(ModelUnusable):
    """Which output means what cannot be told from the config, or there are too few of them."""


class FilesChanged(ModelUnusable):
    """A file is missing or is not the one its card names."""


class SelfTestFailed(ModelUnusable):
    """The model gets the plainest pairs wrong."""


class BadText(ModelError):
    """An input that is no text."""


class BadOutput(ModelError):
    """The model answered with numbers that mean nothing."""
