"""10.1: a window and global tokens."""
