"""The exercises of lesson 08: a gradient's reach, the loop of an RNN, a fair width, a scan."""
