"""A laboratory in a terminal: regularization and transfer learning of convolutional networks.

The parts, from the ground up (an arrow of import never points upwards; a test holds it):

``errors``, ``terminal``      sentences, and the one door for text from outside
``files``, ``processes``      whole, private, bounded files; streams and children of a process
``bases``                     the pre-trained networks that another can stand on, one file each
``experiment``                what to train: frozen, validated, digested
``presets``                   named experiments, one TOML file each
``runs``                      a run is a folder: store, journal, checkpoints, worker process, summary
``results``                   runs as tables, comparison, the course's numbers, exports
``advice``                    estimates and the coach
``plots``                     curves of runs as figures
``sources``                   images and weights: found, downloaded, verified, read
``machine``                   GPUs, terminal, file systems: what this machine has
``lab``                       what a front end does: drafts, plans, forks
``engine``                    Keras and TensorFlow, here and nowhere else
``bench``                     plain Keras and tuilab beside each other
``cli``, ``tui``              the two front ends
"""

import os

# Pydantic looks through every installed package for plugins: that takes time, and none is wanted here
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

__version__ = "0.1.0"
