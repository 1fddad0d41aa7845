"""LeNet5 as machine code, written and compiled when a process first needs it.

torch's convolution and pooling leave most of a core idle for networks of a few channels. Here 16
images lie side by side in a vector, what belongs together is one loop, and the way back is written
by hand. `network.network_for` is the entrance; without llvmlite torch does everything.
"""
