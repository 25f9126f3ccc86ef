"""08.3: a window and global tokens."""
