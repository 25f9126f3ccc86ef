"""The exercises of lesson 15: patches, one stream, a prefix mask, shares of a look, frames."""
