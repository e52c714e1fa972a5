"""Images and weights: found on this machine, downloaded, verified and read into NumPy arrays.

No TensorFlow and no Keras here: the command line, the app and the worker all use it.
"""
