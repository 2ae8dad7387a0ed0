"""The language of layers. `Layer` is what a spec may write in a list; `Op` is what a plan may hold.

Each family's file lists its classes in `__all__`: a new op is declared there and nowhere else.
"""

from archc.spec.layers.activation import *
from archc.spec.layers.attention import *
from archc.spec.layers.closed_sets import *
from archc.spec.layers.composite import *
from archc.spec.layers.convolution import *
from archc.spec.layers.dropping import *
from archc.spec.layers.extension import *
from archc.spec.layers.internal import *
from archc.spec.layers.joining import *
from archc.spec.layers.linear import *
from archc.spec.layers.nesting import *
from archc.spec.layers.normalization import *
from archc.spec.layers.pooling import *
from archc.spec.layers.shape import *
from archc.spec.layers.upsampling import *
