from . import forum
