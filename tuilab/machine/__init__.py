"""Facts about this machine: GPUs, CUDA libraries, terminal, file systems, and what is wrong with them.

No TensorFlow, no Textual and no pandas here: the command line, the app and the worker all ask.
"""
