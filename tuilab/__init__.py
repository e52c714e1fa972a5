"""A laboratory in a terminal: regularization and transfer learning of convolutional networks.

The parts, from the ground up (an arrow of import never points upwards; a test holds it):

``errors``, ``terminal``, ``paths``   sentences, clean text, places on disk
``spec``                              the experiment: what to train
``presets``                           named experiments, one TOML file each
``runs``                              the run folder: journal, store, worker process, results
``machine``                           GPUs, terminal, file systems: what this machine has
``sources``                           images and VGG16 weights: found, downloaded, verified, read
``engine``                            Keras and TensorFlow, here and nowhere else
``cli``                               the command line
"""

import os

# Pydantic looks through every installed package for plugins: that takes time, and none is wanted here
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

__version__ = "0.1.0"
