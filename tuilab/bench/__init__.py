"""Plain Keras and tuilab beside each other, in fresh processes and in pairs. No TensorFlow is imported."""
